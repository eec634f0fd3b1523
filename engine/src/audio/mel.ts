// The speaker encoder's front end. In: mono audio at its sample rate. Out: a log-mel spectrogram. Sums are in double
// precision. Follows mel_spectrogram of modeling_qwen3_tts.py in qwen-tts; the filters are librosa's (Slaney).
import { audioError } from "./audio-error.ts";
import { fftMagnitudes } from "./fft.ts";

/** Constants of the official front end, which no config has. */
const window = 1024;
const hop = 256;
const magnitudeFloor = 1e-9;
const melFloor = 1e-5;

export type MelSpectrogram = {
  /** [bands, frames] */
  bands: Float32Array;
  frames: number;
};

export type MelOptions = {
  sampleRate: number;
  bands: number;
  /** Frames that who asks needs. */
  leastFrames: number;
};

/** @throws EngineError if the recording is too short */
export function melSpectrogram(samples: Float32Array, options: MelOptions): MelSpectrogram {
  const padding = (window - hop) / 2;
  // What is mirrored at an end must be there; `leastFrames` begin a hop apart.
  const least = Math.max(padding + 1, (options.leastFrames - 1) * hop + window - 2 * padding);
  if (samples.length < least) {
    throw audioError(
      `it has ${samples.length} samples, a speaker is known from at least ${least}. Send a longer one.`,
    );
  }
  const padded = reflect(samples, padding);
  const frames = Math.floor((padded.length - window) / hop) + 1;
  const filters = melFilters(options);
  const bands = new Float32Array(options.bands * frames);
  const windowed = new Float64Array(window);
  for (let frame = 0; frame < frames; frame++) {
    for (let i = 0; i < window; i++) windowed[i] = padded[frame * hop + i]! * hann(i);
    const magnitudes = fftMagnitudes(windowed, magnitudeFloor);
    filters.forEach(({ first, weights }, band) => {
      const energy = weights.reduce((sum, weight, i) => sum + weight * magnitudes[first + i]!, 0);
      bands[band * frames + frame] = Math.log(Math.max(energy, melFloor));
    });
  }
  return { bands, frames };
}

/** Periodic: the window's first sample follows its last. */
function hann(index: number): number {
  return 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / window);
}

function reflect(samples: Float32Array, padding: number): Float32Array {
  const { length } = samples;
  const padded = new Float32Array(length + 2 * padding);
  padded.set(samples, padding);
  for (let i = 1; i <= padding; i++) {
    padded[padding - i] = samples[i]!;
    padded[padding + length - 1 + i] = samples[length - 1 - i]!;
  }
  return padded;
}

/** A triangle over neighbouring frequencies. */
type Filter = { first: number; weights: number[] };

/** From 0 to half the sample rate, each of the same area. */
function melFilters({ sampleRate, bands }: Omit<MelOptions, "leastFrames">): Filter[] {
  const highest = hertzToMel(sampleRate / 2);
  const edges = Array.from({ length: bands + 2 }, (_, i) =>
    melToHertz((highest * i) / (bands + 1)),
  );
  return Array.from({ length: bands }, (_, band) => {
    const [low, middle, high] = edges.slice(band, band + 3) as [number, number, number];
    const weights = Array.from({ length: window / 2 + 1 }, (_, bin) => {
      const frequency = (bin * sampleRate) / window;
      const slope = Math.min(
        (frequency - low) / (middle - low),
        (high - frequency) / (high - middle),
      );
      return Math.fround((Math.max(0, slope) * 2) / (high - low));
    });
    const first = Math.max(
      0,
      weights.findIndex((weight) => weight > 0),
    );
    const last = weights.findLastIndex((weight) => weight > 0);
    return { first, weights: weights.slice(first, last + 1) };
  });
}

// Slaney's scale: linear up to 1 kHz, logarithmic above.
const linearHertzPerMel = 200 / 3;
const breakHertz = 1000;
const breakMel = breakHertz / linearHertzPerMel;
const logStep = Math.log(6.4) / 27;

function hertzToMel(hertz: number): number {
  if (hertz < breakHertz) return hertz / linearHertzPerMel;
  return breakMel + Math.log(hertz / breakHertz) / logStep;
}

function melToHertz(mel: number): number {
  if (mel < breakMel) return mel * linearHertzPerMel;
  return breakHertz * Math.exp(logStep * (mel - breakMel));
}
