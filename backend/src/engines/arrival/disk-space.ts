// How much room a disk has. In: a folder that may not be there yet. Out: bytes, or null where it cannot be told.
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";

export async function freeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    const parent = dirname(folder);
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT" && parent !== folder;
    return missing ? freeBytes(parent) : null;
  }
}
