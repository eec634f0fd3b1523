// A file that is still arriving: written in place, with a small journal of the bytes that are there, so that the next
// process goes on where this one ended. In: pieces in any order. Out: the file under its name, or a part to go on with.
// Not named `.incomplete`: huggingface_hub would take our file, which has its full length from the start, for a whole one.
import { open, readFile, rename, rm, stat, writeFile, type FileHandle } from "node:fs/promises";
import { ByteRanges, type ByteRange } from "./byte-ranges.ts";

export const partialEnding = ".partial";
const journalEnding = ".partial.json";

export class PartialFile {
  readonly done: ByteRanges;
  readonly #handle: FileHandle;
  readonly #path: string;
  #savedBytes: number;
  #saving: Promise<void> | null = null;

  /** @param path of the whole file */
  static async open(path: string, size: number): Promise<PartialFile> {
    const done = await readJournal(path, size);
    const handle = await open(path + partialEnding, done === null ? "w+" : "r+");
    try {
      await handle.truncate(size);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return new PartialFile(handle, path, done ?? new ByteRanges());
  }

  private constructor(handle: FileHandle, path: string, done: ByteRanges) {
    this.#handle = handle;
    this.#path = path;
    this.done = done;
    this.#savedBytes = done.total;
  }

  async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const { bytesWritten } = await this.#handle.writev(chunks, position);
    // Less than all was written when the disk is nearly full: the rest says why.
    if (bytesWritten < length) await this.#writeRest(chunks, { position, written: bytesWritten });
    this.done.add([position, position + length]);
  }

  async #writeRest(
    chunks: readonly Uint8Array[],
    { position, written }: { position: number; written: number },
  ): Promise<void> {
    const bytes = Buffer.concat(chunks);
    for (let at = written; at < bytes.length;) {
      at += (await this.#handle.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
    }
  }

  async read(into: Uint8Array, position: number): Promise<Uint8Array> {
    const { bytesRead } = await this.#handle.read(into, 0, into.length, position);
    return into.subarray(0, bytesRead);
  }

  /** What is written down as done is on the disk before. */
  async save(): Promise<void> {
    while (this.#saving) await this.#saving;
    if (this.done.total === this.#savedBytes) return;
    this.#saving = this.#writeJournal().finally(() => (this.#saving = null));
    await this.#saving;
  }

  async #writeJournal(): Promise<void> {
    const bytes = this.done.total;
    const journal = JSON.stringify(this.done);
    await this.#handle.datasync();
    await writeFile(`${this.#path}${journalEnding}.new`, journal);
    await rename(`${this.#path}${journalEnding}.new`, this.#path + journalEnding);
    this.#savedBytes = bytes;
  }

  /** Nothing of it is good. */
  async restart(): Promise<void> {
    this.done.clear();
    await this.save();
  }

  /** All is there and checked: the file takes its name. */
  async finish(): Promise<void> {
    await this.#handle.sync(); // a name must not outlive its bytes when the power fails
    await this.#handle.close();
    await rename(this.#path + partialEnding, this.#path);
    await rm(this.#path + journalEnding, { force: true });
  }

  async close(): Promise<void> {
    try {
      await this.save();
    } finally {
      await this.#handle.close();
    }
  }
}

/** How much of a file an earlier process has left. */
export async function partialBytes(path: string, size: number): Promise<number> {
  return (await readJournal(path, size))?.total ?? 0;
}

async function readJournal(path: string, size: number): Promise<ByteRanges | null> {
  try {
    const found = await stat(path + partialEnding);
    const ranges: unknown = JSON.parse(await readFile(path + journalEnding, "utf8"));
    if (found.size !== size || !Array.isArray(ranges)) return null;
    return ranges.every((range) => isRange(range, size)) ? new ByteRanges(ranges) : null;
  } catch {
    return null; // none, or cut: it begins anew
  }
}

function isRange(range: unknown, size: number): range is ByteRange {
  if (!Array.isArray(range) || range.length !== 2) return false;
  const [start, past] = range as unknown[];
  const whole = Number.isSafeInteger(start) && Number.isSafeInteger(past);
  return whole && (start as number) >= 0 && (past as number) <= size;
}
