// Speed and pitch of one clip: samples in, in any pieces, exactly round(n / speed) samples out. For the
// pitch, the clip is made longer by that factor and then read faster by it: this is exact, where the
// library's own transposition is off by up to 3 % with blocks short enough for speech. Knows nothing
// of threads.
import type { EffectSettings } from "./effect.ts";
import { createResampler, type Resampler } from "./resampler.ts";
import { createTimeStretcher, type TimeStretcher } from "./time-stretcher.ts";

export type Stretcher = {
  push(samples: Float32Array): Float32Array<ArrayBuffer>;
  /** The rest, as if silence followed. */
  flush(): Float32Array<ArrayBuffer>;
};

export async function createStretcher(settings: EffectSettings): Promise<Stretcher> {
  const { sampleRate, speed, pitch } = settings;
  // The reading moves the formants up with the rest: they are put down before, because a voice whose
  // vowels move is hardly understood at pitch 0.7 or 1.4.
  const formantFactor = 1 / pitch;
  const stretcher = await createTimeStretcher({ sampleRate, rate: speed / pitch, formantFactor });
  if (pitch === 1) return new SpeedChange(stretcher, speed);
  const resampler = createResampler({ step: pitch, gain: pitchGain(pitch) });
  return new SpeedAndPitchChange({ stretcher, resampler, speed });
}

class SpeedChange implements Stretcher {
  readonly #stretcher: TimeStretcher;
  readonly #speed: number;
  #inputLength = 0;

  constructor(stretcher: TimeStretcher, speed: number) {
    this.#stretcher = stretcher;
    this.#speed = speed;
  }

  push(samples: Float32Array): Float32Array<ArrayBuffer> {
    this.#inputLength += samples.length;
    return this.#stretcher.push(samples);
  }

  flush(): Float32Array<ArrayBuffer> {
    return this.#stretcher.drain(Math.round(this.#inputLength / this.#speed));
  }
}

class SpeedAndPitchChange implements Stretcher {
  readonly #stretcher: TimeStretcher;
  readonly #resampler: Resampler;
  readonly #speed: number;
  #inputLength = 0;
  #outputLength = 0;

  constructor(parts: { stretcher: TimeStretcher; resampler: Resampler; speed: number }) {
    this.#stretcher = parts.stretcher;
    this.#resampler = parts.resampler;
    this.#speed = parts.speed;
  }

  push(samples: Float32Array): Float32Array<ArrayBuffer> {
    this.#inputLength += samples.length;
    const output = this.#resampler.push(this.#stretcher.push(samples));
    this.#outputLength += output.length;
    return output;
  }

  flush(): Float32Array<ArrayBuffer> {
    const total = Math.round(this.#inputLength / this.#speed);
    const rest = this.#stretcher.drain(this.#resampler.inputLength(total));
    return this.#resampler.push(rest).slice(0, total - this.#outputLength);
  }
}

/** A higher voice has fewer harmonics under the same formants: their power is given back. */
function pitchGain(pitch: number): number {
  return Math.sqrt(Math.max(1, pitch));
}
