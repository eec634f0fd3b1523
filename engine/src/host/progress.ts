// The compute thread's sign of life, in memory that the control thread can read while the compute
// thread is busy. In: steps planned and done. Out: for how long a sign has been overdue. One cell, so
// that a reader never sees half of an update. Decides nothing.

const nanosecondsPerMs = 1_000_000;

export class Progress {
  readonly buffer: SharedArrayBuffer;
  /** When the next sign is due: nanoseconds of the monotonic clock, which all threads share. */
  readonly #due: BigInt64Array;
  #inStep = false;
  /** Work beside the steps that may keep the thread for long. */
  #longWorks = 0;
  #longWorksUntil = 0n;

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

  /** Until `longWorkDone`, or for so long, no sign is owed. */
  longWork(expectedMs: number): void {
    this.#longWorks += 1;
    this.#longWorksUntil = inMs(expectedMs);
    this.#sign(0);
  }

  longWorkDone(): void {
    this.#longWorks -= 1;
    if (this.#longWorks === 0) this.#longWorksUntil = 0n;
    this.#sign(0);
  }

  overdueMs(): number {
    const late = Number(process.hrtime.bigint() - Atomics.load(this.#due, 0)) / nanosecondsPerMs;
    return Math.max(0, late);
  }

  #sign(expectedMs: number): void {
    const due = inMs(expectedMs);
    Atomics.store(this.#due, 0, due > this.#longWorksUntil ? due : this.#longWorksUntil);
  }
}

function inMs(ms: number): bigint {
  return process.hrtime.bigint() + BigInt(Math.round(ms * nanosecondsPerMs));
}
