// Looks for a Qwen3-TTS checkpoint that is on this machine already: in the cache that Hugging Face's own tools fill.
// In: the environment. Out: the folder of a complete snapshot, or none. Downloads nothing.
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { hubCacheFolder } from "../hub/environment.ts";
import { openCheckpoint } from "./checkpoint.ts";
import type { ModelType } from "./model-config.ts";

const organisation = "models--Qwen--";
/** In the order in which they are preferred; others come after them. */
const preferred = ["Qwen3-TTS-12Hz-0.6B-CustomVoice", "Qwen3-TTS-12Hz-1.7B-CustomVoice"];
const family = "Qwen3-TTS-12Hz-";

/** A snapshot that is incomplete, damaged or of another variant is passed over. */
export async function findCheckpoint(
  environment: NodeJS.ProcessEnv = process.env,
  variant?: ModelType,
): Promise<string | undefined> {
  const hub = hubCacheFolder(environment);
  const names = (await list(hub))
    .filter((name) => name.startsWith(organisation + family))
    .map((name) => name.slice(organisation.length));
  const rank = (name: string) => {
    const index = preferred.indexOf(name);
    return index < 0 ? preferred.length : index;
  };
  for (const name of names.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))) {
    for (const folder of await snapshots(join(hub, organisation + name))) {
      if (await fits(folder, variant)) return folder;
    }
  }
  return undefined;
}

/** The one that `main` points to first, then the newest. */
async function snapshots(model: string): Promise<string[]> {
  const main = await readFile(join(model, "refs", "main"), "utf8").catch(() => "");
  const hashes = await list(join(model, "snapshots"));
  const dated = await Promise.all(
    hashes.map(async (hash) => {
      const folder = join(model, "snapshots", hash);
      return { folder, isMain: hash === main.trim(), madeMs: (await stat(folder)).mtimeMs };
    }),
  );
  const order = dated.sort((a, b) => Number(b.isMain) - Number(a.isMain) || b.madeMs - a.madeMs);
  return order.map(({ folder }) => folder);
}

function fits(folder: string, variant: ModelType | undefined): Promise<boolean> {
  return openCheckpoint(folder).then(
    ({ config }) => variant === undefined || config.modelType === variant,
    () => false,
  );
}

function list(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
