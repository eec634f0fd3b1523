// How many are there at once. In: who comes and who goes, and a clock. Out: how many there are, and for each who goes how many
// there were on average while it was there, itself among them.

export class Company {
  readonly #nowMs: () => number;
  #size = 0;
  /** Members, summed over the milliseconds until `#untilMs`. */
  #memberMs = 0;
  #untilMs: number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#untilMs = nowMs();
  }

  get size(): number {
    return this.#size;
  }

  /** @returns what to call, once, when it goes; it gives the average */
  enter(): () => number {
    const cameMs = this.#upToNow();
    const before = this.#memberMs;
    this.#size += 1;
    return () => {
      const stayedMs = this.#upToNow() - cameMs;
      const average = stayedMs > 0 ? (this.#memberMs - before) / stayedMs : this.#size;
      this.#size -= 1;
      return average;
    };
  }

  #upToNow(): number {
    const nowMs = this.#nowMs();
    this.#memberMs += this.#size * (nowMs - this.#untilMs);
    this.#untilMs = nowMs;
    return nowMs;
  }
}
