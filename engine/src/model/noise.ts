// Random numbers that do not depend on what else is going on. In: a seed, a frame, a group. Out: always the same
// number in [0, 1) for the same three.

const twoTo32 = 2 ** 32;
const twoTo53 = 2 ** 53;

/** @param seed 0 to 2^53 - 1 */
export function uniformNoise(seed: number, frame: number, group: number): number {
  const low = seed >>> 0;
  const high = Math.floor(seed / twoTo32);
  // Two words at every step, so that each seed has numbers of its own; and each step goes through the whole mixer, so that
  // near seeds, frames and groups have nothing in common.
  let a = mix(low ^ 0x9e3779b9);
  let b = mix(high ^ a);
  a = mix(a ^ b ^ frame);
  b = mix(b ^ a ^ group);
  a = mix(a ^ b);
  return ((a >>> 5) * 2 ** 26 + (b >>> 6)) / twoTo53;
}

/** A bijection of 32-bit words in which each bit of the input moves each of the output (C. Wellons' lowbias32). */
function mix(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}
