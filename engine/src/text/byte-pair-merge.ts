// Byte-pair encoding of one piece. In: the piece as symbols, and the rank of each pair that merges. Out: the
// symbols left when no pair merges any more. Does not know tokens' ids.
// The lowest rank goes first, of equal ranks the leftmost. A heap finds it, so that the time stays near
// n log n: a text without spaces is one piece, and may be long.

/** By `"left right"`: no symbol has a space in it. */
export type MergeRanks = ReadonlyMap<string, number>;

/** `symbols` is used up: it is changed in place. */
export function mergePairs(symbols: string[], ranks: MergeRanks): string[] {
  const end = symbols.length;
  const next = Int32Array.from(symbols, (_, place) => place + 1);
  const previous = Int32Array.from(symbols, (_, place) => place - 1);
  const absorbed = new Uint8Array(end);
  const rankAt = (place: number) => ranks.get(`${symbols[place]!} ${symbols[next[place]!]!}`);

  const queue = new MinHeap();
  // Rank and place in one number, which orders as merges do.
  const offer = (place: number) => {
    if (place < 0 || next[place] === end) return;
    const rank = rankAt(place);
    if (rank !== undefined) queue.push(rank * end + place);
  };
  for (let place = 0; place < end; place++) offer(place);

  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    const place = entry % end;
    const right = next[place]!;
    // Its symbols may have merged with others since it was offered.
    if (absorbed[place] === 1 || right === end) continue;
    if (rankAt(place) !== (entry - place) / end) continue;
    symbols[place] = symbols[place]! + symbols[right]!;
    absorbed[right] = 1;
    const after = next[right]!;
    next[place] = after;
    if (after < end) previous[after] = place;
    offer(previous[place]!);
    offer(place);
  }
  return symbols.filter((_, place) => !absorbed[place]);
}

class MinHeap {
  readonly #entries: number[] = [];

  push(entry: number): void {
    const entries = this.#entries;
    let place = entries.push(entry) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (entries[parent]! <= entry) break;
      entries[place] = entries[parent]!;
      place = parent;
    }
    entries[place] = entry;
  }

  pop(): number | undefined {
    const entries = this.#entries;
    const top = entries[0];
    const last = entries.pop();
    if (last === undefined || entries.length === 0) return top;
    let place = 0;
    for (let child = 1; child < entries.length; child = 2 * place + 1) {
      if (child + 1 < entries.length && entries[child + 1]! < entries[child]!) child++;
      if (entries[child]! >= last) break;
      entries[place] = entries[child]!;
      place = child;
    }
    entries[place] = last;
    return top;
  }
}
