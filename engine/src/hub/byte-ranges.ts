// Which bytes of a file are there. In: ranges as they come, in any order. Out: what is there in one piece from the
// start, and what is missing. Knows no file.

/** First byte, and the one after the last. */
export type ByteRange = [start: number, past: number];

export class ByteRanges {
  /** Sorted, apart from each other. */
  readonly #ranges: ByteRange[] = [];

  constructor(ranges: Iterable<ByteRange> = []) {
    for (const range of ranges) this.add(range);
  }

  add([start, past]: ByteRange): void {
    if (past <= start) return;
    const first = this.#ranges.findIndex((range) => range[1] >= start);
    const from = first < 0 ? this.#ranges.length : first;
    const after = this.#ranges.findIndex((range) => range[0] > past);
    const touched = this.#ranges.slice(from, after < 0 ? undefined : after);
    const joined: ByteRange = [
      Math.min(start, touched[0]?.[0] ?? start),
      Math.max(past, touched.at(-1)?.[1] ?? past),
    ];
    this.#ranges.splice(from, touched.length, joined);
  }

  clear(): void {
    this.#ranges.length = 0;
  }

  get total(): number {
    return this.#ranges.reduce((sum, [start, past]) => sum + past - start, 0);
  }

  /** How far it goes from byte 0 without a gap. */
  get prefix(): number {
    const first = this.#ranges[0];
    return first?.[0] === 0 ? first[1] : 0;
  }

  /** What is missing of a file of `size` bytes, in pieces of at most `pieceBytes`. */
  missing(size: number, pieceBytes: number): ByteRange[] {
    const pieces: ByteRange[] = [];
    let at = 0;
    for (const [start, past] of [...this.#ranges, [size, size] as ByteRange]) {
      while (at < start) {
        const end = Math.min(start, at + pieceBytes);
        pieces.push([at, end]);
        at = end;
      }
      at = past;
    }
    return pieces;
  }

  toJSON(): ByteRange[] {
    return this.#ranges.map(([start, past]) => [start, past]);
  }
}
