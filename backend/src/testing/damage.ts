// Bytes as bad disks, broken downloads and curious people leave them. In: bytes and a source of chance. Out: other
// bytes: some changed, cut, doubled or swapped. The same chance does the same damage.

export type Random = () => number;

/** Numbers from 0 to 1, the same ones for the same seed. */
export function seededRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export function damage(bytes: Uint8Array, random: Random): Buffer {
  const damaged = once(Buffer.from(bytes), random);
  // Two changes may undo each other.
  return damaged.equals(bytes) ? damage(bytes, random) : damaged;
}

function once(bytes: Buffer, random: Random): Buffer {
  const at = Math.floor(random() ** 3 * bytes.length); // more often near the start, where more is decided
  const length = 1 + Math.floor(random() ** 4 * (bytes.length - at));
  switch (Math.floor(random() * 6)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 2:
      return Buffer.concat([bytes, bytes.subarray(at, at + length)]);
    case 3:
      bytes.fill(random() < 0.5 ? 0 : 255, at, at + length);
      return bytes;
    case 4:
      for (let index = at; index < Math.min(bytes.length, at + 8); index++) {
        bytes[index] = Math.floor(random() * 256);
      }
      return bytes;
    default:
      bytes[at]! ^= 1 << Math.floor(random() * 8);
      return bytes;
  }
}
