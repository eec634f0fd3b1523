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

/**
 * For positions `first`, `first + 1`, …: tables of [count, headDim]. The sine's first half is negated, so that
 * `x * cosine + swapped(x) * sine` turns x, where `swapped` exchanges its halves.
 */
export function rotaryTables(
  frequencies: Float32Array,
  { first, count }: { first: number; count: number },
): RotaryTables {
  const half = frequencies.length;
  const tables = {
    cosine: new Float32Array(count * 2 * half),
    sine: new Float32Array(count * 2 * half),
  };
  for (let row = 0; row < count; row++) {
    for (let pair = 0; pair < half; pair++) {
      const angle = Math.fround((first + row) * frequencies[pair]!);
      const at = row * 2 * half + pair;
      tables.cosine[at] = tables.cosine[at + half] = Math.cos(angle);
      tables.sine[at + half] = Math.sin(angle);
      tables.sine[at] = -tables.sine[at + half]!;
    }
  }
  return tables;
}
