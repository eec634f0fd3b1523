// What a build was made from, written down beside it. In: the stamp's file, and the mark of what would be built from now.
// Out: whether that was built already. A build that broke off has no stamp.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";

export function isStamped(path, mark) {
  return existsSync(path) && readFileSync(path, "utf8") === mark;
}

/** `mark` is that of before the work: an edit during it makes the next one build again. */
export async function stamp(path, mark, work) {
  rmSync(path, { force: true });
  await work();
  writeFileSync(path, mark);
}
