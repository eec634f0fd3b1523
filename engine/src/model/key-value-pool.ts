// The keys and values that a decoder has made so far, for all its requests. In: who joins, who leaves, new rows. Out:
// the inputs that a run over several of them takes. They lie here and never come out of a graph, which would copy
// them; and they lie side by side, so that a run over many takes them as they are.
import type { TransformerConfig } from "../checkpoint/model-config.ts";
import type { Tensor } from "../runtime/session.ts";
import { attentionFeeds } from "./attention-feeds.ts";
import { giveBack } from "./give-back.ts";
import { rowOf } from "./rows.ts";

export type KeyValuePool = {
  config: TransformerConfig;
  /** [headDim / 2] */
  frequencies: Float32Array;
  /** Positions that each place has room for. */
  capacity: number;
  places: (Place | undefined)[];
  /** Of each layer; the front of it is [places, kvHeads, capacity, headDim]. */
  keys: Float32Array[];
  values: Float32Array[];
  /** Positions that there is memory for, of all places together, and the fewest that memory is asked for. */
  reserved: number;
  leastReserved: number;
};

/** One request's. */
export type Place = {
  /** Which part of the arrays; others' runs may move it. */
  index: number;
  /** Positions seen so far. */
  position: number;
};

/**
 * Room comes in whole steps of so many, an eighth of what there is at a time: a run takes all that there is room for. And as
 * sums are made in groups, a row gives the same wherever its room ends.
 */
const leastGrowth = 128;

/** Memory that was never written takes none: asking for much at once saves copies, and leaves no holes between arrays. */
const usualReserve = 1024;

export type KeyValuePoolOptions = Pick<KeyValuePool, "config" | "frequencies"> & {
  capacity?: number;
  leastReserved?: number;
};

export function createKeyValuePool({
  capacity = leastGrowth,
  leastReserved = usualReserve,
  ...options
}: KeyValuePoolOptions): KeyValuePool {
  const memory = { keys: [], values: [], reserved: 0 };
  return { ...options, ...memory, capacity, leastReserved, places: [] };
}

export function joinPool(pool: KeyValuePool): Place {
  const free = pool.places.indexOf(undefined);
  const index = free < 0 ? pool.places.length : free;
  if (free < 0) reserve(pool, (pool.places.length + 1) * pool.capacity);
  // What another left is never seen, but a number that is none would spoil the products it is left out of.
  for (const all of arraysOf(pool)) partOf(pool, all, index).fill(0);
  const place = { index, position: 0 };
  pool.places[index] = place;
  return place;
}

/** Never moves anything: a run over the place may be under way. The last to leave takes along what is more than usual. */
export function leavePool(pool: KeyValuePool, place: Place): void {
  if (pool.places[place.index] !== place) return;
  pool.places[place.index] = undefined;
  if (pool.places.some((other) => other !== undefined)) return;
  Object.assign(pool, { places: [], capacity: leastGrowth });
  if (pool.reserved > pool.leastReserved) {
    Object.assign(pool, { keys: [], values: [], reserved: 0 });
  }
}

/**
 * The inputs of a run over the next `frames` positions of each of `places`, beside x.
 * @param places are put in the order in which they lie: rows of x and of the outputs have that order
 */
export function poolInputs(
  pool: KeyValuePool,
  places: Place[],
  frames: number,
): Record<string, Tensor> {
  trim(pool);
  sideBySide(pool, places);
  const { config, frequencies } = pool;
  const { layers, kvHeads, headDim } = config;
  // Where nobody has a past, as at the first part of a prompt, none is looked at.
  const capacity = places.every(({ position }) => position === 0) ? 0 : pool.capacity;
  const inputs = attentionFeeds(
    { rotaryFrequencies: frequencies },
    {
      positions: places.map(({ position }) => position),
      frames,
      slots: capacity,
      held: (row, slot) => (slot < places[row]!.position ? slot : -1),
      oldestSeen: () => 0,
    },
  );
  const size = kvHeads * capacity * headDim;
  const first = places[0]!.index * size;
  const shape = [places.length, kvHeads, 1, capacity, headDim];
  const part = (all: Float32Array) => all.subarray(first, first + places.length * size);
  for (let layer = 0; layer < layers; layer++) {
    inputs[`keys.${layer}`] = { data: part(pool.keys[layer]!), shape };
    inputs[`values.${layer}`] = { data: part(pool.values[layer]!), shape };
  }
  return inputs;
}

/** @param rows of each of `places`, [batch, layers * 2 * kvHeads, frames, headDim], as the run gave them */
export function appendRows(
  pool: KeyValuePool,
  places: readonly Place[],
  { rows, frames }: { rows: Float32Array; frames: number },
): void {
  const size = rows.length / places.length;
  // Others have left while the run was under way, and need no room.
  const staying = [...places.entries()].filter(([, place]) => pool.places[place.index] === place);
  makeRoom(pool, Math.max(0, ...staying.map(([, { position }]) => position + frames)));
  for (const [row, place] of staying) {
    store(pool, place, rows.subarray(row * size, (row + 1) * size));
    place.position += frames;
  }
}

function makeRoom(pool: KeyValuePool, needed: number): void {
  if (needed <= pool.capacity) return;
  const capacity = wholeSteps(Math.max(needed, pool.capacity + Math.ceil(pool.capacity / 8)));
  reserve(pool, pool.places.length * capacity);
  moveHeads(pool, capacity);
}

function wholeSteps(positions: number): number {
  return Math.ceil(positions / leastGrowth) * leastGrowth;
}

/** When a long one has left, the others need not go on at its length: a run takes all that there is room for. */
function trim(pool: KeyValuePool): void {
  const longest = Math.max(...pool.places.map((place) => place?.position ?? 0));
  const enough = wholeSteps(longest + 1);
  if (pool.capacity > 2 * enough) moveHeads(pool, enough);
}

/** @param rows [layers, 2, kvHeads, frames, headDim]: keys, then values of each layer */
function store(pool: KeyValuePool, { index, position }: Place, rows: Float32Array): void {
  const { layers, kvHeads, headDim } = pool.config;
  const size = rows.length / (layers * 2 * kvHeads); // frames * headDim
  for (let layer = 0; layer < layers; layer++) {
    for (const [which, target] of [pool.keys[layer]!, pool.values[layer]!].entries()) {
      for (let head = 0; head < kvHeads; head++) {
        const from = ((2 * layer + which) * kvHeads + head) * size;
        const to = ((index * kvHeads + head) * pool.capacity + position) * headDim;
        target.set(rows.subarray(from, from + size), to);
      }
    }
  }
}

/** A run's places must follow one another: strangers among them change places with those of the run that lie outside. */
function sideBySide(pool: KeyValuePool, places: Place[]): void {
  const byIndex = () => places.sort((a, b) => a.index - b.index);
  byIndex();
  const first = Math.min(places[0]!.index, pool.places.length - places.length);
  const isInside = (index: number) => index >= first && index < first + places.length;
  const outside = places.filter(({ index }) => !isInside(index));
  for (let index = first; outside.length > 0; index++) {
    const here = pool.places[index];
    if (here && places.includes(here)) continue;
    exchange(pool, outside.pop()!, index);
  }
  byIndex();
}

function arraysOf({ keys, values }: KeyValuePool): Float32Array[] {
  return [...keys, ...values];
}

/** [kvHeads, capacity, headDim], not copied */
function partOf({ config, capacity }: KeyValuePool, all: Float32Array, index: number) {
  return rowOf(all, index, config.kvHeads * capacity * config.headDim);
}

function exchange(pool: KeyValuePool, place: Place, index: number): void {
  const other = pool.places[index];
  for (const all of arraysOf(pool)) {
    const [from, to] = [partOf(pool, all, place.index), partOf(pool, all, index)];
    const kept = other ? to.slice() : undefined;
    to.set(from);
    if (kept) from.set(kept);
  }
  pool.places[place.index] = other;
  if (other) other.index = place.index;
  pool.places[index] = place;
  place.index = index;
}

/** Memory for so many positions. Between runs only: what was outgrown is given back. */
function reserve(pool: KeyValuePool, positions: number): void {
  if (positions <= pool.reserved) return;
  const { layers, kvHeads, headDim } = pool.config;
  const reserved = Math.max(pool.leastReserved, positions + Math.ceil(positions / 2));
  const bytes = reserved * kvHeads * headDim * Float32Array.BYTES_PER_ELEMENT;
  const unwritten = () =>
    Array.from({ length: layers }, () => new Float32Array(Buffer.allocUnsafeSlow(bytes).buffer));
  // All or none: there may be no memory for the last.
  const next = { keys: unwritten(), values: unwritten() };
  const used = pool.places.length * kvHeads * pool.capacity * headDim;
  for (const which of ["keys", "values"] as const) {
    for (const [layer, old] of pool[which].entries()) {
      next[which][layer]!.set(old.subarray(0, used));
      giveBack(old);
    }
  }
  Object.assign(pool, { ...next, reserved });
}

/** Room for so many positions in each place, where they lie: each head moves to where none lies that has yet to move. */
function moveHeads(pool: KeyValuePool, capacity: number): void {
  const heads = Array.from({ length: pool.places.length * pool.config.kvHeads }, (_, head) => head);
  if (capacity > pool.capacity) heads.reverse();
  for (const all of arraysOf(pool)) {
    for (const head of heads) moveHead(pool, all, { head, capacity });
  }
  pool.capacity = capacity;
}

/** One head of one place, to where it lies when each has room for `capacity` positions; nothing but zeros behind it. */
function moveHead(
  { config: { kvHeads, headDim }, places, capacity: before }: KeyValuePool,
  all: Float32Array,
  { head, capacity }: { head: number; capacity: number },
): void {
  const kept = (places[Math.floor(head / kvHeads)]?.position ?? 0) * headDim;
  const [from, to] = [head * before * headDim, head * capacity * headDim];
  all.copyWithin(to, from, from + kept);
  all.fill(0, to + kept, to + capacity * headDim);
}
