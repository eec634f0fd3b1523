// The queue between samples that arrive in pieces and a sound card that asks for blocks. In: pieces
// in order, then `end` or `stop`. Out: blocks, and counts of what was played. Runs inside the
// worklet, but knows nothing of it, so that it can be tested without a browser.

export type SampleQueueOptions = {
  /** Samples to hold before the first sound, and again after the queue ran dry. */
  prebufferSamples: number;
  /** Length of the fade that keeps a stop, or a dry queue, from clicking. */
  rampSamples: number;
};

export type QueuePhase = "buffering" | "playing" | "ended" | "stopped";

export class SampleQueue {
  phase: QueuePhase = "buffering";
  /** Samples of the clip that went out. Silence and fades added here are not counted. */
  samplesPlayed = 0;
  /** How often the queue ran dry and samples still came later. */
  underruns = 0;

  readonly #options: SampleQueueOptions;
  readonly #pieces: Float32Array[] = [];
  /** Pieces before this one were played; they are cut off now and then, not one at a time. */
  #head = 0;
  #offset = 0;
  #samplesWaiting = 0;
  #complete = false;
  #ranDry = false;
  #stopRampLeft: number | undefined;
  #lastSample = 0;

  constructor(options: SampleQueueOptions) {
    this.#options = options;
  }

  push(samples: Float32Array): void {
    if (this.#complete || samples.length === 0) return;
    if (this.#ranDry) {
      this.#ranDry = false;
      this.underruns++;
    }
    this.#pieces.push(samples);
    this.#samplesWaiting += samples.length;
  }

  /** No more pieces: play what is here, then `ended`. */
  end(): void {
    this.#complete = true;
  }

  /** Fade out over the ramp, forget the rest, then `stopped`. */
  stop(): void {
    this.#complete = true;
    this.#stopRampLeft ??= this.phase === "playing" ? this.#options.rampSamples : 0;
  }

  /** Fill one block. Returns whether a sample of the clip is in it. */
  pull(block: Float32Array): boolean {
    if (this.phase === "buffering" && this.#mayStart()) this.phase = "playing";
    const count = this.phase === "playing" ? this.#copy(block) : 0;
    this.#fadeIntoSilence(block, count);
    this.samplesPlayed += count;
    if (this.#stopRampLeft !== undefined) this.#rampDown(block);
    else if (this.phase === "playing" && this.#samplesWaiting === 0) this.#runOut();
    else if (this.phase === "buffering" && this.#complete && this.#samplesWaiting === 0)
      this.phase = "ended";
    return count > 0;
  }

  #mayStart(): boolean {
    if (this.#stopRampLeft !== undefined || this.#samplesWaiting === 0) return false;
    return this.#complete || this.#samplesWaiting >= this.#options.prebufferSamples;
  }

  #runOut(): void {
    if (this.#complete) {
      this.phase = "ended";
      return;
    }
    this.#ranDry = true;
    this.phase = "buffering";
  }

  #copy(block: Float32Array): number {
    let filled = 0;
    while (filled < block.length && this.#head < this.#pieces.length) {
      const piece = this.#pieces[this.#head]!;
      const count = Math.min(block.length - filled, piece.length - this.#offset);
      block.set(piece.subarray(this.#offset, this.#offset + count), filled);
      filled += count;
      this.#offset += count;
      if (this.#offset === piece.length) this.#dropHead();
    }
    this.#samplesWaiting -= filled;
    return filled;
  }

  #dropHead(): void {
    this.#pieces[this.#head] = new Float32Array(0);
    this.#head++;
    this.#offset = 0;
    // Cutting only when half of the list is spent keeps the cost per piece constant.
    if (this.#head * 2 > this.#pieces.length) {
      this.#pieces.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /** After the last sample, go to zero over the ramp instead of in one jump. */
  #fadeIntoSilence(block: Float32Array, from: number): void {
    if (from > 0) this.#lastSample = block[from - 1]!;
    const step = 1 / this.#options.rampSamples;
    for (let i = from; i < block.length; i++) {
      this.#lastSample = Math.abs(this.#lastSample) > step ? this.#lastSample * (1 - step) : 0;
      block[i] = this.#lastSample;
    }
  }

  #rampDown(block: Float32Array): void {
    let left = this.#stopRampLeft ?? 0;
    for (let i = 0; i < block.length; i++) {
      block[i] = block[i]! * (left / this.#options.rampSamples);
      if (left > 0) left--;
    }
    this.#stopRampLeft = left;
    if (left === 0) this.phase = "stopped";
  }
}
