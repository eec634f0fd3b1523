// The hash of a file while its pieces arrive in any order: it follows as far as there is no gap, and reads what was just
// written, which the system still has in memory. In: a partial file. Out: whether it is what the hub has.
import { createHash, type Hash } from "node:crypto";
import type { FileHash } from "./listing.ts";
import type { PartialFile } from "./partial-file.ts";

const stepBytes = 2 ** 20;

export class RunningHash {
  readonly #file: PartialFile;
  readonly #expected: FileHash;
  readonly #size: number;
  readonly #buffer = Buffer.allocUnsafe(stepBytes);
  #hash: Hash;
  #position = 0;
  #following: Promise<void> | null = null;

  constructor(file: PartialFile, expected: FileHash, size: number) {
    this.#file = file;
    this.#expected = expected;
    this.#size = size;
    this.#hash = this.#begin();
  }

  #begin(): Hash {
    if (this.#expected.kind === "sha256") return createHash("sha256");
    return createHash("sha1").update(`blob ${this.#size}\0`);
  }

  /** More of the file is there. */
  advance(): void {
    // A failed read comes again, and is then reported, in `matches`.
    this.#following ??= this.#follow()
      .catch(() => undefined)
      .finally(() => (this.#following = null));
  }

  /** All of the file is there: is it the right one? */
  async matches(): Promise<boolean> {
    await this.#following;
    await this.#follow();
    return this.#position === this.#size && this.#hash.digest("hex") === this.#expected.hex;
  }

  /** The file begins anew. */
  async restart(): Promise<void> {
    await this.#following;
    this.#hash = this.#begin();
    this.#position = 0;
  }

  async #follow(): Promise<void> {
    while (this.#position < this.#file.done.prefix) {
      const length = Math.min(stepBytes, this.#file.done.prefix - this.#position);
      const bytes = await this.#file.read(this.#buffer.subarray(0, length), this.#position);
      if (bytes.length === 0) return;
      this.#hash.update(bytes);
      this.#position += bytes.length;
    }
  }
}
