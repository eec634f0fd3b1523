// In: nothing. Out: returns, or ends the program with a sentence that says which Node is needed.
// Written so that old versions of Node can still parse it.
import { readFileSync } from "node:fs";

export const root = new URL("..", import.meta.url);

/** Ends the program when this Node is older than package.json asks for. */
export function checkNodeVersion() {
  const { engines } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
  const needed = engines.node.replace(/[^\d.]/g, "");
  if (isAtLeast(process.versions.node, needed)) return;
  console.error(
    `This needs Node ${needed} or newer; this is Node ${process.versions.node}. Get it from https://nodejs.org.`,
  );
  process.exit(1);
}

/** Whether dotted version `version` is `needed` or newer. */
export function isAtLeast(version, needed) {
  const have = version.split(".").map(Number);
  const want = needed.split(".").map(Number);
  for (let i = 0; i < want.length; i++) {
    const difference = (have[i] ?? 0) - want[i];
    if (difference !== 0) return difference > 0;
  }
  return true;
}
