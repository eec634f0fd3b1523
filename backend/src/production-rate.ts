// How fast speech has been made of late, alone and in company. In: what the engine measured of itself; when a clip is begun
// and ends, with wall and audio seconds. Out: the real-time factor to expect beside the clips that are being made now, mean
// request time, and how much a player should hold before it starts.
import type { EngineStatus, Pace } from "qwen3-tts";
import { Company } from "./company.ts";

/** A new request counts this much: about the last ten decide. */
const weight = 0.2;

/** Below this factor the pieces at a clip's start, each up to as long as all before it, come before they are due. */
const fastEnough = 0.5;

/** What a clip tells when it ends. */
export type Production = {
  /** Time the engine was waited for; a slow reader's time does not count. */
  producingSeconds: number;
  audioSeconds: number;
};

export class ProductionRate {
  readonly #pace: () => Pace | undefined;
  readonly #company: Company;
  /** By how many clips were made at once, the recent factor of each of them. */
  readonly #factors = new Map<number, number>();
  #meanSeconds = 1;

  /**
   * @param pace what the engine measured when it was loaded, as soon as it has
   * @param nowMs a clock
   */
  constructor(
    pace: () => Pace | undefined = () => undefined,
    nowMs = (): number => performance.now(),
  ) {
    this.#pace = pace;
    this.#company = new Company(nowMs);
  }

  /** A clip is being made from now until what is returned is called, which tells nothing of one that hardly began. */
  begin(): (production: Production | undefined) => void {
    const leave = this.#company.enter();
    return (production) => {
      const company = leave();
      if (production !== undefined && production.audioSeconds > 0) this.#add(production, company);
    };
  }

  #add({ producingSeconds, audioSeconds }: Production, company: number): void {
    const factor = producingSeconds / audioSeconds;
    const inCompany = Math.round(company);
    // Not from what was measured at load: another load beside it would be remembered for many requests.
    const before = this.#factors.get(inCompany) ?? factor;
    this.#factors.set(inCompany, before + weight * (factor - before));
    this.#meanSeconds += weight * (producingSeconds - this.#meanSeconds);
  }

  /** Of each clip that is made now. Null where no clip has ended and nothing was measured before. */
  get realTimeFactor(): number | null {
    const company = Math.max(1, this.#company.size);
    for (let fewer = company; fewer >= 1; fewer--) {
      const factor = this.#known(fewer);
      // Until it is known better: at worst they take turns.
      if (factor !== undefined) return factor * (company / fewer);
    }
    const more = Math.min(...this.#factors.keys());
    return this.#factors.get(more) ?? null;
  }

  #known(company: number): number | undefined {
    return this.#factors.get(company) ?? (company === 1 ? this.#pace()?.realTimeFactor : undefined);
  }

  get meanSeconds(): number {
    return this.#meanSeconds;
  }

  /**
   * Milliseconds to hold back so that a clip of `clipSeconds` plays without a gap, if the company stays: what is late at
   * its end, and what a player needs while the next piece is being made.
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
