// Holds a whole clip until its length is known. In: bytes. Out: the same bytes, once. The first
// megabyte stays in memory, the rest goes to a nameless temporary file: memory stays bounded however
// long the clip is.
import { mkdtemp, open, rm, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RequestError } from "./request-error.ts";

const memoryBytes = 1024 * 1024;
const readBytes = 64 * 1024;

export class Spool {
  #parts: Uint8Array[] = [];
  #heldBytes = 0;
  #fileBytes = 0;
  #file: FileHandle | null = null;

  get byteLength(): number {
    return this.#fileBytes + this.#heldBytes;
  }

  /** @throws RequestError `out_of_memory` when the temporary folder takes no more */
  async write(bytes: Uint8Array): Promise<void> {
    this.#parts.push(bytes);
    this.#heldBytes += bytes.byteLength;
    if (this.#heldBytes <= memoryBytes) return;
    try {
      await this.#moveToFile();
    } catch (error) {
      throw noRoom(error);
    }
  }

  async *read(): AsyncGenerator<Uint8Array> {
    for (let position = 0; position < this.#fileBytes;) {
      const length = Math.min(readBytes, this.#fileBytes - position);
      const { bytesRead, buffer } = await this.#file!.read(
        Buffer.allocUnsafe(length),
        0,
        length,
        position,
      );
      if (bytesRead === 0)
        throw new Error(`The spool ended ${this.#fileBytes - position} bytes early`);
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    yield* this.#parts;
  }

  async dispose(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    this.#parts = [];
    this.#heldBytes = 0;
    this.#fileBytes = 0;
    await file?.close();
  }

  async #moveToFile(): Promise<void> {
    this.#file ??= await openNamelessFile();
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#heldBytes = 0;
    await this.#file.appendFile(bytes);
    this.#fileBytes += bytes.byteLength;
  }
}

/** The system's own message holds a path; its code says as much and may be shown. */
function noRoom(error: unknown): RequestError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
  return new RequestError(
    "out_of_memory",
    `The clip does not fit on the server's disk (${code} in its temporary folder). Send less text, ` +
      "use /tts/stream, which needs no disk, or make room there.",
  );
}

/** Its name is gone at once, so that nothing is left behind however the process ends. */
async function openNamelessFile(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), "qwen-tts-"));
  try {
    return await open(join(folder, "clip"), "wx+", 0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
