// A text file that must not fill the memory. In: a path and a bound. Out: its text. Knows no format.
import { readFile, stat } from "node:fs/promises";

/**
 * Undefined if it is larger, or no file at all: a pipe might never end.
 * @throws what the system says of a path that cannot be read
 */
export async function readBoundedText(path: string, maxBytes: number): Promise<string | undefined> {
  const found = await stat(path);
  return found.isFile() && found.size <= maxBytes ? await readFile(path, "utf8") : undefined;
}
