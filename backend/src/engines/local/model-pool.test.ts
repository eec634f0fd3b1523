// Who is loaded when, with models that load and leave when the test says so.
import { describe, expect, test } from "vitest";
import { ModelPool, type Release } from "./model-pool.ts";
import type { PoolModel } from "./pool-member.ts";

const never = (): AbortSignal => new AbortController().signal;

class StepModel implements PoolModel {
  readonly id: string;
  needBytes: number;
  heldBytes: number;
  loads = 0;
  loaded = false;
  /** Held up: `loadNow` lets it go on. */
  manual = false;
  #finish: ((failure?: Error) => void) | undefined;

  constructor(id: string, bytes: number) {
    this.id = id;
    this.needBytes = bytes;
    this.heldBytes = bytes;
  }

  async load(): Promise<void> {
    this.loads += 1;
    if (this.manual) {
      await new Promise<void>((resolve, reject) => {
        this.#finish = (failure) => (failure ? reject(failure) : resolve());
      });
    }
    this.loaded = true;
  }

  async unload(): Promise<void> {
    await Promise.resolve();
    this.loaded = false;
  }

  loadNow(failure?: Error): void {
    this.#finish!(failure);
  }
}

function poolOf(budgetBytes: number, sizes: Record<string, number>) {
  const pool = new ModelPool({ budgetBytes, idleUnloadSeconds: null });
  const models = Object.entries(sizes).map(([id, bytes]) => new StepModel(id, bytes));
  for (const model of models) pool.add(model);
  return { pool, models };
}

/** Lets everything that can happen happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

/** A request that says where it is. */
function ask(pool: ModelPool, model: StepModel, signal = never()) {
  const asked: { state: string; release: Release } = { state: "waits", release: () => undefined };
  pool.acquire(model, signal).then(
    (release) => Object.assign(asked, { state: "speaks", release }),
    (error: unknown) => (asked.state = (error as Error).message),
  );
  return asked;
}

test("loads once for all who wait, and keeps what fits", async () => {
  const { pool, models } = poolOf(10, { a: 4, b: 4 });
  const [a, b] = models as [StepModel, StepModel];
  const asked = [ask(pool, a), ask(pool, a), ask(pool, b)];
  await settle();
  expect(asked.map(({ state }) => state)).toEqual(["speaks", "speaks", "speaks"]);
  expect([a.loads, b.loads, pool.usedBytes]).toEqual([1, 1, 8]);
});

test("the least recently used of those that are idle makes room", async () => {
  const { pool, models } = poolOf(10, { a: 4, b: 4, c: 4 });
  const [a, b, c] = models as [StepModel, StepModel, StepModel];
  for (const model of [a, b, a]) {
    const asked = ask(pool, model);
    await settle();
    asked.release();
  }
  const asked = ask(pool, c);
  await settle();
  expect(asked.state).toBe("speaks");
  expect([a.loaded, b.loaded, c.loaded]).toEqual([true, false, true]);
});

describe("when all are in use", () => {
  test("one ends its requests, takes no new ones, and leaves; then the others' turn comes", async () => {
    const { pool, models } = poolOf(5, { a: 4, b: 4 });
    const [a, b] = models as [StepModel, StepModel];
    const first = ask(pool, a);
    await settle();
    const other = ask(pool, b);
    const late = ask(pool, a);
    await settle();
    expect([first.state, other.state, late.state]).toEqual(["speaks", "waits", "waits"]);
    first.release();
    await settle();
    expect([other.state, late.state, a.loaded]).toEqual(["speaks", "waits", false]);
    other.release();
    await settle();
    expect([late.state, b.loaded, pool.usedBytes]).toEqual(["speaks", false, 4]);
  });

  test("a small one does not slip past a large one that waits for room", async () => {
    const { pool, models } = poolOf(10, { a: 6, large: 10, small: 1 });
    const [a, large, small] = models as [StepModel, StepModel, StepModel];
    const first = ask(pool, a);
    await settle();
    const asked = [ask(pool, large), ask(pool, small)];
    await settle();
    expect(asked.map(({ state }) => state)).toEqual(["waits", "waits"]);
    first.release();
    await settle();
    expect(asked.map(({ state }) => state)).toEqual(["speaks", "waits"]);
    asked[0]!.release();
    await settle();
    expect(asked[1]!.state).toBe("speaks");
  });

  test("who leaves the queue leaves no trace in it", async () => {
    const { pool, models } = poolOf(5, { a: 4, b: 4 });
    const [a, b] = models as [StepModel, StepModel];
    const first = ask(pool, a);
    await settle();
    const abort = new AbortController();
    const other = ask(pool, b, abort.signal);
    const late = ask(pool, a);
    abort.abort(new Error("left"));
    await settle();
    expect([other.state, late.state, b.loads]).toEqual(["left", "speaks", 0]);
    first.release();
    late.release();
    await settle();
    expect(a.loaded).toBe(true);
  });
});

test("a model that no budget holds is refused at once, in words", async () => {
  const { pool, models } = poolOf(5e9, { huge: 6e9 });
  const asked = ask(pool, models[0]!);
  await settle();
  expect(asked.state).toMatch(/huge needs about 6\.0 GB.*5\.0 GB.*--memory-budget/);
});

test("a failed load fails its requests and frees its share", async () => {
  const { pool, models } = poolOf(5, { a: 4, b: 4 });
  const [a, b] = models as [StepModel, StepModel];
  a.manual = true;
  const asked = [ask(pool, a), ask(pool, b)];
  await settle();
  a.loadNow(new Error("no weights"));
  await settle();
  expect(asked.map(({ state }) => state)).toEqual(["no weights", "speaks"]);
  expect(pool.usedBytes).toBe(4);
});

test("what was measured counts: who has grown makes an idle one leave, but never himself", async () => {
  const { pool, models } = poolOf(10, { a: 4, b: 4 });
  const [a, b] = models as [StepModel, StepModel];
  for (const model of [b, a]) {
    const asked = ask(pool, model);
    await settle();
    asked.release();
  }
  a.heldBytes = 7;
  pool.refresh();
  await settle();
  expect([a.loaded, b.loaded]).toEqual([true, false]);
  a.heldBytes = 12;
  pool.refresh();
  await settle();
  expect(a.loaded).toBe(true);
});

test("unload waits for its requests; the next one loads it again", async () => {
  const { pool, models } = poolOf(5, { a: 4 });
  const [a] = models as [StepModel];
  const first = ask(pool, a);
  await settle();
  let unloaded = false;
  void pool.unload(a).then(() => (unloaded = true));
  const next = ask(pool, a);
  await settle();
  expect([unloaded, next.state]).toEqual([false, "waits"]);
  first.release();
  await settle();
  expect([unloaded, next.state, a.loads]).toEqual([true, "speaks", 2]);
});

test("remove refuses who waits, and is not found any more", async () => {
  const { pool, models } = poolOf(5, { a: 4, b: 4 });
  const [a, b] = models as [StepModel, StepModel];
  const first = ask(pool, a);
  await settle();
  const waiting = ask(pool, b);
  await pool.remove(b);
  const removed = pool.remove(a);
  const late = ask(pool, a);
  await settle();
  expect(waiting.state).toMatch(/b was removed/);
  expect(late.state).toMatch(/a was removed/);
  first.release();
  await removed;
  expect(pool.usedBytes).toBe(0);
});

test("any order of requests ends, within the budget at every load", async () => {
  const sizes = { a: 4, b: 3, c: 5, d: 2, e: 6 };
  const { pool, models } = poolOf(8, sizes);
  let seed = 1;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const running: Release[] = [];
  let served = 0;
  const asked: Promise<void>[] = [];
  for (let index = 0; index < 500; index += 1) {
    const model = models[random(models.length)]!;
    asked.push(
      pool.acquire(model, never()).then((release) => {
        expect(model.loaded).toBe(true);
        expect(pool.usedBytes).toBeLessThanOrEqual(8);
        served += 1;
        running.push(release);
      }),
    );
    if (random(3) === 0) running.splice(random(running.length + 1), 1)[0]?.();
    if (random(4) === 0) await settle();
  }
  while (served < 500) {
    expect(running.length).toBeGreaterThan(0); // else nobody could ever go on
    running.splice(random(running.length), 1)[0]!();
    await settle();
  }
  await Promise.all(asked);
});
