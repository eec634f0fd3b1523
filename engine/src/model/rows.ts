// Rows of numbers, such as the talker takes.

export type Rows = Float32Array[];

/** In the order given, as upstream sums in float32. */
export function addRows(...rows: [Float32Array, ...Rows]): Float32Array {
  const sum = rows[0].slice();
  for (const row of rows.slice(1)) {
    for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + row[i]!;
  }
  return sum;
}

/** Row `index` of [rows, width], not copied. */
export function rowOf(all: Float32Array, index: number, width: number): Float32Array {
  return all.subarray(index * width, (index + 1) * width);
}
