// How fast speech has been made of late. In: wall and audio seconds of finished requests. Out: the
// recent real-time factor, mean request time, and how much a player should hold before it starts.

/** A new request counts this much: about the last ten decide. */
const weight = 0.2;

export class ProductionRate {
  #realTimeFactor: number | null = null;
  #meanSeconds = 1;

  /** `producingSeconds`: time the engine was waited for; a slow reader's time does not count. */
  add(producingSeconds: number, audioSeconds: number): void {
    if (audioSeconds <= 0) return;
    const factor = producingSeconds / audioSeconds;
    this.#realTimeFactor =
      this.#realTimeFactor === null
        ? factor
        : this.#realTimeFactor + weight * (factor - this.#realTimeFactor);
    this.#meanSeconds += weight * (producingSeconds - this.#meanSeconds);
  }

  /** Null until a request has finished. */
  get realTimeFactor(): number | null {
    return this.#realTimeFactor;
  }

  get meanSeconds(): number {
    return this.#meanSeconds;
  }

  /** Milliseconds to hold back so that a clip of `clipSeconds` plays without a gap. */
  recommendedPrebufferMs(clipSeconds: number): number {
    const factor = this.#realTimeFactor;
    if (factor === null || factor <= 1) return 0;
    return Math.round(1000 * clipSeconds * (1 - 1 / factor));
  }
}
