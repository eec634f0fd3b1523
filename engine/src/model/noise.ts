// Random numbers that do not depend on what else is going on. In: a seed, a frame, a group. Out: always the same
// number in [0, 1) for the same three.

const twoTo32 = 2 ** 32;
const twoTo53 = 2 ** 53;

/** @param seed 0 to 2^53 - 1 */
export function uniformNoise(seed: number, frame: number, group: number): number {
  const low = seed >>> 0;
  const high = Math.floor(seed / twoTo32);
  // Each word goes through the whole mixer, so that near seeds, frames and groups have nothing in common.
  let state = mix(low ^ 0x9e3779b9);
  state = mix(state ^ high);
  state = mix(state ^ frame);
  state = mix(state ^ group);
  const upper = state;
  const lower = mix(state ^ 0x85ebca6b);
  return ((upper >>> 5) * 2 ** 26 + (lower >>> 6)) / twoTo53;
}

/** A bijection of 32-bit words in which each bit of the input moves each of the output (C. Wellons' lowbias32). */
function mix(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}
