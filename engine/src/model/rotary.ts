// Angles of the rotary embedding. In: base, positions. Out: cosines and sines, rounded where upstream's
// float32 rounds, so that late positions turn by the same angle. Knows no model.
// Follows modeling_rope_utils.py of transformers, "default".

/** One per pair of a head's elements. [headDim / 2] */
export function rotaryFrequencies(headDim: number, theta: number): Float32Array {
  return Float32Array.from({ length: headDim / 2 }, (_, pair) => {
    const exponent = Math.fround((2 * pair) / headDim);
    return 1 / Math.fround(Math.pow(theta, exponent));
  });
}

export type RotaryTables = { cosine: Float32Array; sine: Float32Array };

/** A row for each position. [positions, headDim / 2] */
export function rotaryTables(
  frequencies: Float32Array,
  positions: readonly number[],
): RotaryTables {
  const pairs = frequencies.length;
  const cosine = new Float32Array(positions.length * pairs);
  const sine = new Float32Array(positions.length * pairs);
  for (const [row, position] of positions.entries()) {
    for (let pair = 0; pair < pairs; pair++) {
      const angle = Math.fround(position * frequencies[pair]!);
      cosine[row * pairs + pair] = Math.cos(angle);
      sine[row * pairs + pair] = Math.sin(angle);
    }
  }
  return { cosine, sine };
}
