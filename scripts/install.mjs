// Installs the npm packages when they are missing or are not those of package-lock.json. Node
// builtins only: it runs before anything is installed.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { root } from "./node-version.mjs";
import { npmCommand, runQuietly } from "./run.mjs";

/** @param report called with one line before something slow starts */
export async function installPackages(report) {
  if (isInstalled(root)) return;
  report("Installing packages …");
  const [command, ...first] = npmCommand();
  await runQuietly(command, [...first, "ci"]);
}

/** Whether the packages in node_modules of `folder` are those of its package-lock.json. */
export function isInstalled(folder) {
  // npm writes this file last, so a killed install leaves none.
  const installedPath = new URL("node_modules/.package-lock.json", folder);
  if (!existsSync(installedPath)) return false;
  const wanted = readPackages(new URL("package-lock.json", folder));
  const installed = readPackages(installedPath);
  return Object.entries(wanted).every(
    ([path, entry]) => !isNeeded(folder, path, entry) || isSame(installed[path], entry),
  );
}

function readPackages(path) {
  return JSON.parse(readFileSync(path, "utf8")).packages;
}

/** Not needed: workspaces themselves, a removed workspace, and what is for other platforms only. */
function isNeeded(folder, path, entry) {
  if (!path.includes("node_modules/")) return false;
  if (entry.link) return existsSync(fileURLToPath(new URL(entry.resolved, folder)));
  return !entry.optional && !entry.devOptional && !entry.peer;
}

function isSame(installed, wanted) {
  return installed !== undefined && installed.version === wanted.version;
}
