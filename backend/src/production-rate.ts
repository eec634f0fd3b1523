// How fast speech has been made of late. In: what the engine measured of itself, wall and audio seconds of finished
// requests. Out: the recent real-time factor, mean request time, and how much a player should hold before it starts.
import type { EngineStatus, Pace } from "qwen3-tts";

/** A new request counts this much: about the last ten decide. */
const weight = 0.2;

/** Below this factor the pieces at a clip's start, each up to as long as all before it, come before they are due. */
const fastEnough = 0.5;

export class ProductionRate {
  readonly #pace: () => Pace | undefined;
  #recentFactor: number | null = null;
  #meanSeconds = 1;

  /** @param pace what the engine measured when it was loaded, as soon as it has */
  constructor(pace: () => Pace | undefined = () => undefined) {
    this.#pace = pace;
  }

  /** `producingSeconds`: time the engine was waited for; a slow reader's time does not count. */
  add(producingSeconds: number, audioSeconds: number): void {
    if (audioSeconds <= 0) return;
    const factor = producingSeconds / audioSeconds;
    // Not from what was measured at load: another load beside it would be remembered for many requests.
    const before = this.#recentFactor ?? factor;
    this.#recentFactor = before + weight * (factor - before);
    this.#meanSeconds += weight * (producingSeconds - this.#meanSeconds);
  }

  /** Null where no request has finished and nothing was measured before. */
  get realTimeFactor(): number | null {
    return this.#recentFactor ?? this.#pace()?.realTimeFactor ?? null;
  }

  get meanSeconds(): number {
    return this.#meanSeconds;
  }

  /**
   * Milliseconds to hold back so that a clip of `clipSeconds` plays without a gap: what is late at its end, and what a
   * player needs while the next piece is being made.
   */
  recommendedPrebufferMs(clipSeconds: number): number {
    const factor = this.realTimeFactor;
    if (factor === null || factor <= fastEnough) return 0;
    const pieceSeconds = this.#pace()?.pieceSeconds ?? 0;
    const late = clipSeconds * Math.max(0, 1 - 1 / factor);
    const held = late + pieceSeconds * Math.min(1, factor);
    return Math.round(1000 * Math.min(clipSeconds, held));
  }
}

/** Of the slowest model: which one speaks is not known before. */
export function slowestPace({ models }: EngineStatus): Pace | undefined {
  const paces = models.flatMap(({ pace }) => pace ?? []);
  return paces.toSorted((a, b) => b.realTimeFactor - a.realTimeFactor)[0];
}
