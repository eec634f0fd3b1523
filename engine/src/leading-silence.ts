// The silence before a clip's first sound. In: samples of a clip, as they are made. Out: the same from shortly before the
// first sound on, or all of them where that is not wanted. What goes on does not depend on how the samples were cut into pieces. Knows no frames and no streams.
import { joined } from "./joined.ts";

const windowSeconds = 0.01;
/** Kept before the sound, so that it does not begin with its first loud sample … */
const leadInSeconds = 0.02;
/** … and so much of it fades in, as room noise that begins at once is a click. */
const fadeSeconds = 0.005;

/** Decibels of full scale. A window as loud as this is sound … */
const surelySound = -40;
/** … and so are three in a row that are as loud as this: a voice that begins softly. */
const softSound = -48;
const softWindows = 3;
/**
 * Sound begins where it rises out of what was there before by this, so that the breath or the hiss before a loud sound
 * is kept; what is below the least is heard by nobody.
 */
const riseDecibels = 10;
const leastRise = -60;
/** No onset takes longer, 0.2 s: what was there before that is the room. */
const longestOnsetWindows = 20;

/** Published models are silent for 0.1 to 0.7 s. A clip that has not begun after this goes on as it is. */
const mostSeconds = 1;

/** -100 dB: no logarithm of nothing. */
const floorPower = 1e-10;

export class LeadingSilence {
  readonly #windowSamples: number;
  readonly #leadInSamples: number;
  readonly #fadeSamples: number;
  readonly #mostSamples: number;
  /** What may turn out to belong to the first sound, and what is no whole window yet. */
  #held = new Float32Array(0);
  /** Samples of `#held` that were looked at. */
  #measured = 0;
  /** How many windows up to the newest rise out of the floor, and how many are soft sound. */
  #risen = 0;
  #soft = 0;
  #floor = Infinity;
  #isOpen: boolean;
  #dropped = 0;

  constructor({ sampleRate, trims }: { sampleRate: number; trims: boolean }) {
    this.#isOpen = !trims;
    const samplesOf = (seconds: number) => Math.round(seconds * sampleRate);
    this.#windowSamples = samplesOf(windowSeconds);
    this.#leadInSamples = samplesOf(leadInSeconds);
    this.#fadeSamples = samplesOf(fadeSeconds);
    this.#mostSamples = samplesOf(mostSeconds);
  }

  /** Samples that nobody will hear. */
  get dropped(): number {
    return this.#dropped;
  }

  /** What goes on; nothing while the clip has not begun. */
  push(samples: Float32Array): Float32Array {
    if (this.#isOpen) return samples;
    this.#held = joined([this.#held, samples]) as Float32Array<ArrayBuffer>;
    while (this.#held.length - this.#measured >= this.#windowSamples) {
      if (this.#begins()) return this.#release();
    }
    return new Float32Array(0);
  }

  /** The clip is over: what is left of one that never began, which is no more than the lead-in of a sound. */
  flush(): Float32Array {
    if (!this.#isOpen) this.#forget(this.#held.length);
    return this.#release();
  }

  /** Look at the next window: the clip begins at once, or it is still silent. */
  #begins(): boolean {
    const level = levelOf(
      this.#held.subarray(this.#measured, this.#measured + this.#windowSamples),
    );
    this.#measured += this.#windowSamples;
    this.#floor = Math.min(this.#floor, level);
    const rise = Math.min(softSound, Math.max(leastRise, this.#floor + riseDecibels));
    this.#risen = level >= rise ? this.#risen + 1 : 0;
    this.#soft = level >= softSound ? this.#soft + 1 : 0;
    this.#forget(this.#measured - Math.min(this.#risen, longestOnsetWindows) * this.#windowSamples);
    return level >= surelySound || this.#soft >= softWindows || this.#dropped >= this.#mostSamples;
  }

  /** Drop what is before the sound that begins at `onset` of what is held, but for its lead-in. */
  #forget(onset: number): void {
    const samples = Math.min(onset - this.#leadInSamples, this.#mostSamples - this.#dropped);
    if (samples <= 0) return;
    this.#held = this.#held.slice(samples);
    this.#measured -= samples;
    this.#dropped += samples;
  }

  #release(): Float32Array {
    const samples = this.#held;
    this.#isOpen = true;
    this.#held = new Float32Array(0);
    if (this.#dropped > 0) fadeIn(samples, this.#fadeSamples);
    return samples;
  }
}

function levelOf(samples: Float32Array): number {
  let power = 0;
  for (const sample of samples) power += sample * sample;
  return 10 * Math.log10(power / samples.length + floorPower);
}

function fadeIn(samples: Float32Array, fadeSamples: number): void {
  const end = Math.min(samples.length, fadeSamples);
  for (let i = 0; i < end; i++) samples[i]! *= i / end;
}
