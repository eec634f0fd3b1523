// When each piece must start on the audio clock, for the player that has no queue of its own. In:
// pieces in order and the clock at their arrival, all in samples. Out: pieces with their start, and
// how much has been played at a given clock. Knows nothing of Web Audio.

export type ScheduledPiece = { samples: Float32Array<ArrayBuffer>; startsAt: number };

export type SampleScheduleOptions = {
  prebufferSamples: number;
  /** Distance kept from the clock at a start: what is scheduled too late is cut by the browser. */
  leadSamples: number;
};

/** Pieces that follow each other without a gap. */
type Run = { startsAt: number; length: number };

export class SampleSchedule {
  underruns = 0;
  readonly #options: SampleScheduleOptions;
  #waiting: Float32Array<ArrayBuffer>[] = [];
  #samplesWaiting = 0;
  #playedInEarlierRuns = 0;
  #run: Run | undefined;

  constructor(options: SampleScheduleOptions) {
    this.#options = options;
  }

  /** One more piece at clock `now`. Returns what may be scheduled now. */
  push(samples: Float32Array<ArrayBuffer>, now: number): ScheduledPiece[] {
    if (samples.length === 0) return [];
    // Too close to the end counts as after it: a source started late would sound over the next one.
    if (this.#run && now + this.#options.leadSamples > this.#runEnd()) {
      this.underruns++;
      this.#playedInEarlierRuns += this.#run.length;
      this.#run = undefined;
    }
    this.#waiting.push(samples);
    this.#samplesWaiting += samples.length;
    const enough = this.#run ?? this.#samplesWaiting >= this.#options.prebufferSamples;
    return enough ? this.#place(now) : [];
  }

  /** Nothing more will come. Returns what was still held back. */
  end(now: number): ScheduledPiece[] {
    return this.#place(now);
  }

  /** Samples of the clip played at clock `now`. */
  samplesPlayed(now: number): number {
    if (!this.#run) return this.#playedInEarlierRuns;
    const inRun = Math.min(Math.max(now - this.#run.startsAt, 0), this.#run.length);
    return this.#playedInEarlierRuns + Math.floor(inRun);
  }

  /** Whether sound is due at clock `now`. */
  isPlaying(now: number): boolean {
    return this.#run !== undefined && now >= this.#run.startsAt && now < this.#runEnd();
  }

  /** Whether all that was pushed has been played at clock `now`. */
  isEmpty(now: number): boolean {
    return this.#samplesWaiting === 0 && (this.#run === undefined || now >= this.#runEnd());
  }

  #runEnd(): number {
    return this.#run ? this.#run.startsAt + this.#run.length : 0;
  }

  #place(now: number): ScheduledPiece[] {
    const placed = this.#waiting.map((samples) => {
      this.#run ??= { startsAt: Math.ceil(now) + this.#options.leadSamples, length: 0 };
      const startsAt = this.#runEnd();
      this.#run.length += samples.length;
      return { samples, startsAt };
    });
    this.#waiting = [];
    this.#samplesWaiting = 0;
    return placed;
  }
}
