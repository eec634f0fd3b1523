// Programs that are not npm packages. In: program names and the Debian packages that have them.
// Out: they are there, or an error that says what to install. Installs them only as root on Debian.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { runQuietly } from "./run.mjs";

/** The full path of program `name` on PATH, or undefined. */
export function findProgram(name) {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Install Debian packages. @throws with what to do when this machine cannot */
export async function installDebianPackages(packages, report) {
  if (!canInstall()) {
    throw new Error(
      `Missing: ${packages.join(", ")} (Debian's names). Install them and try again.`,
    );
  }
  report(`Installing ${packages.join(", ")} …`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await runQuietly("apt-get", ["update", "-q"], { env });
  const flags = ["install", "-q", "-y", "--no-install-recommends"];
  await runQuietly("apt-get", [...flags, ...packages], { env });
}

export function canInstall() {
  return process.getuid?.() === 0 && findProgram("apt-get") !== undefined;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
