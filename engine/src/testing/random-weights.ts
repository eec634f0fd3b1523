// Weights that make no sense but behave: activations stay near 1, the waveform neither clips nor vanishes,
// the best two codes are well apart. In: a tensor's name and shape, a seed. Out: its numbers, seeded.
import type { TensorSource } from "./safetensors-writer.ts";

export type Noise = {
  /** Standard normal numbers. */
  block: Float32Array;
  /** A whole number from 0 to below - 1. */
  draw: (below: number) => number;
};

/** A prime, so that the rows of a matrix that is larger do not repeat; 16 MiB. */
const longestBlock = 4_194_301;

/** @param elements of all tensors together: no more noise is made than they take */
export function createNoise(seed: number, elements: number): Noise {
  const random = createRandom(seed);
  const block = new Float32Array(Math.min(elements, longestBlock));
  for (let i = 0; i < block.length; i++) block[i] = gaussian(random);
  return { block, draw: (below) => Math.floor(random() * below) };
}

/** Marsaglia's xorshift with a Weyl sequence: numbers from 0 to below 1. */
function createRandom(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  let weyl = 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    weyl = (weyl + 0x6d2b79f5) | 0;
    return ((state + weyl) >>> 0) / 2 ** 32;
  };
}

function gaussian(random: () => number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}

/** The numbers of one tensor: a stretch of the noise from a drawn place on, scaled. */
export function randomNumbers(
  name: string,
  shape: readonly number[],
  { block, draw }: Noise,
): TensorSource["next"] {
  const { mean, deviation, isPositive } = distributionOf(name, shape);
  let position = draw(block.length);
  return (into) => {
    for (let i = 0; i < into.length; i++) {
      const value = mean + deviation * block[position]!;
      into[i] = isPositive ? Math.abs(value) : value;
      if (++position === block.length) position = 0;
    }
  };
}

type Distribution = { mean: number; deviation: number; isPositive: boolean };

function normal(mean: number, deviation: number): Distribution {
  return { mean, deviation, isPositive: false };
}

/** By name; what is none of these is a linear or convolution weight. */
const kinds: [pattern: RegExp, distribution: Distribution][] = [
  [/\.initialized$/, normal(1, 0)],
  [/\.cluster_usage$/, { mean: 1, deviation: 0.1, isPositive: true }],
  [/\.(embedding_sum|embed_sum)$/, normal(0, 1)],
  [/(text_embedding|codec_embedding(\.\d+)?)\.weight$/, normal(0, 1)],
  [/_layer_scale\.scale$/, normal(0.3, 0.03)],
  [/\.gamma$/, normal(0.1, 0.1)],
  [/\.(alpha|beta)$/, normal(0, 0.2)],
  [/norm\.weight$/, normal(1, 0.1)],
  [/\.bias$/, normal(0, 0.02)],
];

function distributionOf(name: string, shape: readonly number[]): Distribution {
  const kind = kinds.find(([pattern]) => pattern.test(name));
  return kind?.[1] ?? normal(0, gainOf(name) / Math.sqrt(fanIn(name, shape)));
}

/** Heads are steep for a wide margin; residual branches are quiet, so that their sums stay near 1. */
function gainOf(name: string): number {
  if (/\.(codec_head|lm_head\.\d+)\.weight$/.test(name)) return 4;
  if (/^decoder\.decoder\.\d+\.block\.\d+\.conv2\./.test(name)) return 0.3;
  // The last convolution, whose single channel is the waveform.
  if (/^decoder\.decoder\.\d+\.conv\./.test(name) && !name.includes("decoder.decoder.0.")) {
    return 0.04;
  }
  return 1;
}

/** How many inputs an output is the sum of. */
function fanIn(name: string, shape: readonly number[]): number {
  // Transposed: [in, out, kernel]. With a kernel of twice the stride two taps meet in each sample.
  if (/^decoder\.upsample\.\d+\.0\.conv\./.test(name)) return shape[0]!;
  if (/^decoder\.decoder\.\d+\.block\.1\.conv\./.test(name)) return 2 * shape[0]!;
  return shape.slice(1).reduce((product, size) => product * size, 1);
}
