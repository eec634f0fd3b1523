// Whether there is something at a path: a file, a folder, or a link wherever it leads.
import { lstat } from "node:fs/promises";

export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
