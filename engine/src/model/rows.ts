// Rows of one width, as the talker takes them.

export type Rows = Float32Array[];

/** In the order given, as upstream sums in float32. */
export function addRows(...rows: [Float32Array, ...Rows]): Float32Array {
  const sum = rows[0].slice();
  for (const row of rows.slice(1)) {
    for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + row[i]!;
  }
  return sum;
}
