// The compute thread's sign of life, in memory that the control thread can read while the compute
// thread is busy. In: steps planned and done. Out: for how long a sign has been overdue. One cell, so
// that a reader never sees half of an update. Decides nothing.

const nanosecondsPerMs = 1_000_000;

export class Progress {
  readonly buffer: SharedArrayBuffer;
  /** When the next sign is due: nanoseconds of the monotonic clock, which all threads share. */
  readonly #due: BigInt64Array;
  #inStep = false;

  constructor(buffer = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#due = new BigInt64Array(buffer);
  }

  planned(expectedMs: number): void {
    this.#inStep = true;
    this.#sign(expectedMs);
  }

  stepDone(): void {
    this.#inStep = false;
    this.#sign(0);
  }

  /** The thread answered. That says nothing of a step that is still under way. */
  alive(): void {
    if (!this.#inStep) this.#sign(0);
  }

  overdueMs(): number {
    const late = Number(process.hrtime.bigint() - Atomics.load(this.#due, 0)) / nanosecondsPerMs;
    return Math.max(0, late);
  }

  #sign(expectedMs: number): void {
    const expected = BigInt(Math.round(expectedMs * nanosecondsPerMs));
    Atomics.store(this.#due, 0, process.hrtime.bigint() + expected);
  }
}
