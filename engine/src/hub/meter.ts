// How far a download is and how fast. In: bytes that are there, now and then. Out: progress for people, a few times a second.

export type DownloadProgress = {
  bytesDone: number;
  bytesTotal: number;
  bytesPerSecond: number;
  /** Null: nothing has arrived lately. */
  secondsLeft: number | null;
  /** The one that arrives now. */
  file: string;
};

const reportEveryMs = 250;
/** The speed is that of the last seconds. */
const windowMs = 5_000;

export class Meter {
  readonly #bytesTotal: number;
  readonly #report: (progress: DownloadProgress) => void;
  readonly #timer: NodeJS.Timeout;
  #samples: { atMs: number; bytes: number }[];
  #before: number;
  #current = 0;
  #file = "";

  constructor(
    bytes: { done: number; total: number },
    report: (progress: DownloadProgress) => void,
  ) {
    this.#bytesTotal = bytes.total;
    this.#before = bytes.done;
    this.#report = report;
    this.#samples = [{ atMs: performance.now(), bytes: bytes.done }];
    this.#timer = setInterval(() => this.#tell(), reportEveryMs);
    this.#tell();
  }

  /** A file begins, of which `bytes` are there and counted already. */
  begin(file: string, bytes: number): void {
    this.#before += this.#current - bytes;
    this.#current = bytes;
    this.#file = file;
  }

  set current(bytes: number) {
    // What had to be thrown away is no speed below zero.
    if (bytes < this.#current) this.#samples = [];
    this.#current = bytes;
  }

  end(): void {
    clearInterval(this.#timer);
    this.#tell();
  }

  #tell(): void {
    const atMs = performance.now();
    const bytes = this.#before + this.#current;
    this.#samples = [
      ...this.#samples.filter((sample) => sample.atMs > atMs - windowMs),
      { atMs, bytes },
    ];
    const first = this.#samples[0]!;
    const seconds = (atMs - first.atMs) / 1000;
    const bytesPerSecond = seconds > 0 ? (bytes - first.bytes) / seconds : 0;
    const secondsLeft = bytesPerSecond > 0 ? (this.#bytesTotal - bytes) / bytesPerSecond : null;
    this.#report({
      bytesDone: bytes,
      bytesTotal: this.#bytesTotal,
      bytesPerSecond,
      secondsLeft,
      file: this.#file,
    });
  }
}
