// Pieces of samples, or rows of numbers, as one array. Knows nothing of what they are.

/** One behind the other; a single one is not copied. */
export function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const values of parts) {
    all.set(values, offset);
    offset += values.length;
  }
  return all;
}
