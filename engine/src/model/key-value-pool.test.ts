// The pool against a model that keeps each request's rows in a list of its own.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { TransformerConfig } from "../checkpoint/model-config.ts";
import type { Tensor } from "../runtime/session.ts";
import {
  appendRows,
  createKeyValuePool,
  joinPool,
  leavePool,
  poolInputs,
  type KeyValuePool,
  type Place,
} from "./key-value-pool.ts";

const [layers, kvHeads, headDim] = [2, 2, 2];
const config: TransformerConfig = {
  hiddenSize: 8,
  intermediateSize: 8,
  layers,
  heads: 4,
  kvHeads,
  headDim,
  rmsNormEps: 1e-6,
  ropeTheta: 10_000,
  hiddenAct: "silu",
  maxPositions: 4096,
};
const create = (leastReserved = 200) =>
  createKeyValuePool({ config, frequencies: Float32Array.of(1), leastReserved });

/** Of each position the numbers of a run's output for it, [layers * 2 * kvHeads][headDim]; and the request's place. */
type Request = { place: Place; positions: number[][][] };

let lastNumber = 0;
const newNumbers = (): number[][] =>
  Array.from({ length: layers * 2 * kvHeads }, () =>
    Array.from({ length: headDim }, () => ++lastNumber),
  );

/** Positions of requests as a run gives them: [batch, layers * 2 * kvHeads, frames, headDim] */
function asOutput(batch: number[][][][]): Float32Array {
  const lines = Array.from({ length: layers * 2 * kvHeads }, (_, line) => line);
  return Float32Array.from(
    batch.flatMap((frames) => lines.flatMap((line) => frames.flatMap((frame) => frame[line]!))),
  );
}

/** What an input must be: the requests' rows, and nothing but zeros behind them. */
function expectedInput(requests: Request[], line: number, capacity: number): Float32Array {
  const all = new Float32Array(requests.length * kvHeads * capacity * headDim);
  for (const [row, { positions }] of requests.entries()) {
    for (let head = 0; head < kvHeads; head++) {
      for (const [position, numbers] of positions.entries()) {
        const at = ((row * kvHeads + head) * capacity + position) * headDim;
        all.set(numbers[line * kvHeads + head]!, at);
      }
    }
  }
  return all;
}

function expectInputs(inputs: Record<string, Tensor>, run: Request[], capacity: number): void {
  for (let layer = 0; layer < layers; layer++) {
    for (const [which, name] of ["keys", "values"].entries()) {
      const { data, shape } = inputs[`${name}.${layer}`]!;
      expect(shape).toEqual([run.length, kvHeads, 1, capacity, headDim]);
      const expected = expectedInput(run, 2 * layer + which, capacity);
      expect(bytes(data as Float32Array).equals(bytes(expected))).toBe(true);
    }
  }
}

function bytes({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** The first and the last frame of each request see its past, and the frames up to their own. */
function expectMasks({ mask }: Record<string, Tensor>, run: Request[], frames: number): void {
  const width = mask!.shape.at(-1)!;
  expect(mask!.shape).toEqual([run.length, 1, 1, frames, width]);
  const past = width - frames;
  for (const [row, { positions }] of run.entries()) {
    for (const frame of [0, frames - 1]) {
      const start = (row * frames + frame) * width;
      const line = mask!.data.subarray(start, start + width) as Float32Array;
      const seen = Array.from(line, (value) => value === 0);
      const expected = seen.map((_, at) => at < positions.length || at >= past);
      expect(seen).toEqual(expected.fill(false, past + frame + 1));
    }
  }
}

function run(pool: KeyValuePool, chosen: Request[], frames: number): () => void {
  const places = chosen.map(({ place }) => place);
  const inputs = poolInputs(pool, places, frames);
  const inOrder = places.map((place) => chosen.find((request) => request.place === place)!);
  const isFirst = inOrder.every(({ positions }) => positions.length === 0);
  expectInputs(inputs, inOrder, isFirst ? 0 : pool.capacity);
  expectMasks(inputs, inOrder, frames);
  const made = inOrder.map(() => Array.from({ length: frames }, newNumbers));
  return () => {
    appendRows(pool, places, { rows: asOutput(made), frames });
    inOrder.forEach(({ positions }, row) => positions.push(...made[row]!));
  };
}

const choice = fc.nat({ max: 1000 });
const action = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: "join" as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("leave" as const), who: choice }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("run" as const),
      who: fc.array(choice, { minLength: 1, maxLength: 5 }),
      frames: fc.oneof(fc.constant(1), fc.constant(32), fc.integer({ min: 1, max: 100 })),
      /** Who leaves while it is under way. */
      leaving: fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, fc.array(choice)),
    }),
  },
);

test("every request finds its own rows, whoever joins, leaves and runs", () => {
  fc.assert(
    fc.property(fc.array(action, { minLength: 10, maxLength: 40 }), (actions) => {
      const pool = create();
      const requests: Request[] = [];
      const pick = (number: number) => requests[number % requests.length]!;
      const leave = (request: Request) => {
        leavePool(pool, request.place);
        requests.splice(requests.indexOf(request), 1);
      };
      for (const act of actions) {
        if (act.kind === "join") {
          if (requests.length < 5) requests.push({ place: joinPool(pool), positions: [] });
        } else if (requests.length > 0 && act.kind === "leave") {
          leave(pick(act.who));
        } else if (requests.length > 0 && act.kind === "run") {
          const finish = run(pool, [...new Set(act.who.map(pick))], act.frames);
          for (const number of act.leaving) if (requests.length > 0) leave(pick(number));
          finish();
        }
        expect(requests.map(({ place }) => pool.places[place.index])).toEqual(
          requests.map(({ place }) => place),
        );
        if (requests.length === 0) expect(pool.places).toEqual([]);
      }
    }),
    { seed: 4, numRuns: 25 },
  );
});

test("what one left spoils nothing of the next, not even numbers that are none", () => {
  const pool = create();
  const staying: Request = { place: joinPool(pool), positions: [] };
  const place = joinPool(pool);
  poolInputs(pool, [place], 1);
  const rows = new Float32Array(layers * 2 * kvHeads * headDim).fill(NaN);
  appendRows(pool, [place], { rows, frames: 1 });
  leavePool(pool, place);
  run(pool, [staying, { place: joinPool(pool), positions: [] }], 1)();
});

test("a long request takes its length along, and one that left makes no room any more", () => {
  const pool = create();
  const short: Request = { place: joinPool(pool), positions: [] };
  const long: Request = { place: joinPool(pool), positions: [] };
  run(pool, [short], 100)();
  for (let part = 0; part < 10; part++) run(pool, [long], 60)();
  expect(pool.capacity).toBeGreaterThanOrEqual(600);
  // Where room ends may not change how sums are grouped.
  expect(pool.capacity % 128).toBe(0);
  leavePool(pool, long.place);
  run(pool, [short], 1)();
  expect(pool.capacity).toBe(128);
  const cancelled: Request = { place: joinPool(pool), positions: [] };
  const finish = run(pool, [cancelled], 500);
  leavePool(pool, cancelled.place);
  finish();
  expect(pool.capacity).toBeLessThan(256);
  run(pool, [short], 1)();
});

test("what was outgrown is given back at once, not when the garbage is collected", () => {
  const pool = create();
  const request: Request = { place: joinPool(pool), positions: [] };
  const outgrown = new Set<Float32Array>();
  for (let part = 0; part < 10; part++) {
    for (const array of [...pool.keys, ...pool.values]) outgrown.add(array);
    run(pool, [request], 60)();
  }
  const kept = new Set([...pool.keys, ...pool.values]);
  const old = [...outgrown].filter((array) => !kept.has(array));
  expect(old.length).toBeGreaterThanOrEqual(2 * kept.size);
  expect(old.every(({ buffer }) => buffer.byteLength === 0)).toBe(true);
});

test("usual lengths grow where they lie, and the next request takes their memory; an unusual one takes its own along", () => {
  const pool = create(1000);
  const usual: Request = { place: joinPool(pool), positions: [] };
  const [array] = pool.keys;
  for (let part = 0; part < 10; part++) run(pool, [usual], 60)();
  leavePool(pool, usual.place);
  const next: Request = { place: joinPool(pool), positions: [] };
  run(pool, [next], 5)();
  run(pool, [next], 1)();
  expect(pool.keys[0]).toBe(array);
  expect(pool.capacity).toBe(128);
  for (let part = 0; part < 20; part++) run(pool, [next], 60)();
  leavePool(pool, next.place);
  expect(pool.keys).toEqual([]);
});
