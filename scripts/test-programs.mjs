// What tests start as a process or a thread. In: modules that say where such a program lies. Out: modules that find it
// built: the product's own in dist, those which only tests have joined into a file each. So no process of a test has to
// translate TypeScript or to read hundreds of files, and tests start what a user starts.
import { basename, isAbsolute, join } from "node:path";
import { rmSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { fingerprint } from "./fingerprint.mjs";
import { root } from "./node-version.mjs";
import { isStamped, stamp } from "./stamp.mjs";

const rootPath = fileURLToPath(root);
const folder = join(rootPath, ".cache", "test-programs");
const stampPath = join(folder, "stamp");

const programs = [
  "engine/src/testing/hosted-fake.ts",
  "engine/src/testing/host-owner.ts",
  "backend/test/e2e-machine.ts",
  "backend/test/e2e-server.ts",
  "backend/test/fake-server.ts",
];
const names = programs.map((program) => basename(program, ".ts"));
const sources = [
  "engine/src",
  "engine/package.json",
  "backend",
  "scripts/test-programs.mjs",
  "package-lock.json",
];

/** The file of one of `programs`. */
export function builtProgram(name) {
  return join(folder, `${name}.js`);
}

const productModule = /^(.*\/(?:engine|backend|preview-voice))\/src\/(?!testing\/)(.*)\.ts$/;
const programUrl = new RegExp(
  String.raw`new URL\("[^"]*/(${names.join("|")})\.ts", import\.meta\.url\)`,
  "g",
);

/** A plugin of Vite and of Rolldown. */
export const startsBuiltPrograms = {
  name: "starts-built-programs",
  enforce: "pre",
  transform(code, id) {
    if (!id.endsWith(".ts")) return undefined;
    const found = code.replace(programUrl, (_, name) => `new URL(${quoted(builtProgram(name))})`);
    const module = id.endsWith(".test.ts") ? null : productModule.exec(id);
    const own = module && quoted(`${module[1]}/dist/${module[2]}.js`);
    return sameLines(code, own ? found.replaceAll("import.meta.url", own) : found);
  },
};

/** Files that lie beside a module of the tests are found from where its source lies. */
const knowsItsSource = {
  name: "knows-its-source",
  transform(code, id) {
    if (!id.endsWith(".ts")) return undefined;
    return sameLines(code, code.replaceAll("import.meta.url", quoted(id)));
  },
};

/** As a literal of its URL. */
function quoted(path) {
  return JSON.stringify(pathToFileURL(path).href);
}

/** What a plugin answers when every line stays where it was. */
function sameLines(before, after) {
  return after === before ? undefined : { code: after, map: null };
}

/** Build what only tests start, if a source has changed since, or the folder was moved: its place is in what is built. */
export async function buildTestProgramsIfStale() {
  const mark = `${rootPath} ${fingerprint(rootPath, sources)}`;
  if (!isStamped(stampPath, mark)) await stamp(stampPath, mark, buildTestPrograms);
}

async function buildTestPrograms() {
  const { rolldown } = await import("rolldown");
  const bundle = await rolldown({
    input: programs.map((program) => join(rootPath, program)),
    platform: "node",
    external: isPackage,
    resolve: { conditionNames: ["source", "node", "import"] },
    plugins: [startsBuiltPrograms, knowsItsSource],
  });
  rmSync(folder, { recursive: true, force: true });
  await bundle.write({ dir: folder });
  await bundle.close();
}

const joinedPackages = /^(qwen3-tts|qwen-tts|typebox)(\/|$)/;

function isPackage(id) {
  return !id.startsWith(".") && !isAbsolute(id) && !joinedPackages.test(id);
}
