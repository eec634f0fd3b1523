// In: files and folders. Out: a hash of all they contain, which changes when a file is edited, added
// or removed, and not when it is only touched or copied.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const ignoredNames = new Set(["node_modules", "dist", "test-results", "playwright-report"]);

/** `paths` are relative to `folder`; those that do not exist count as empty. */
export function fingerprint(folder, paths) {
  const hash = createHash("sha256");
  for (const path of paths.flatMap((path) => listFiles(folder, path))) {
    const content = readFileSync(join(folder, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

function listFiles(folder, path) {
  const full = join(folder, path);
  if (!existsSync(full)) return [];
  if (statSync(full).isFile()) return [path];
  return readdirSync(full)
    .filter((name) => !ignoredNames.has(name))
    .sort()
    .flatMap((name) => listFiles(folder, join(path, name)));
}
