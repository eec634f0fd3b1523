// Admission against a model of it, through random histories; and its promises one by one.
import fc from "fast-check";
import { expect, test } from "vitest";
import { Admission, type Place, type RequestClass, type Ticket } from "./admission.ts";
import { RequestError } from "./request-error.ts";

function places(count: number, changes: Partial<Place> = {}): Place[] {
  return Array.from({ length: count }, () => ({
    signal: new AbortController().signal,
    model: null,
    prepares: false,
    ...changes,
  }));
}

type Rows = Record<string, number>;

function openLanes(rows: Rows, maxQueue = 100): Admission {
  const laneOf = (model: string | null) => {
    const id = model ?? Object.keys(rows)[0]!;
    return { id, rows: rows[id]! };
  };
  return new Admission({ lanes: () => laneOf, maxQueue, meanSeconds: () => 2 });
}

function open(rows: number, maxQueue = 100): { admission: Admission; limits: { rows: number } } {
  const limits = { rows };
  return { admission: openLanes(limits, maxQueue), limits };
}

function enterOne(
  admission: Admission,
  requestClass: RequestClass = "interactive",
  changes: Partial<Place> = {},
): Ticket {
  return admission.enter(places(1, changes), requestClass)[0]!;
}

const models = ["a", "b", "c"] as const;
type Model = (typeof models)[number];

type Asked = { requestClass: RequestClass; model: Model; prepares: boolean };

/** One request of a random history: the real ticket and what has been seen of it. */
type Known = Asked & {
  ticket: Ticket;
  abort: AbortController;
  arrival: number;
  seen: "waiting" | "started" | "refused";
  over: boolean;
};

class History {
  readonly maxQueue: number;
  readonly admission: Admission;
  readonly known: Known[] = [];
  readonly startOrder: Known[] = [];
  readonly rows: Record<Model, number>;
  readonly #before = new Map<Model, { running: number; batch: number }>();

  constructor(rows: Record<Model, number>, maxQueue: number) {
    this.rows = { ...rows };
    this.maxQueue = maxQueue;
    this.admission = openLanes(this.rows, maxQueue);
  }

  of(state: Known["seen"], model?: Model): Known[] {
    return this.known.filter(
      (request) =>
        !request.over && request.seen === state && (model === undefined || request.model === model),
    );
  }

  enter(asked: readonly Asked[], requestClass: RequestClass): void {
    const aborts = asked.map(() => new AbortController());
    const queuedBefore = this.admission.queueLength;
    try {
      const tickets = this.admission.enter(
        asked.map(({ model, prepares }, index) => ({
          ...{ model, prepares },
          signal: aborts[index]!.signal,
        })),
        requestClass,
      );
      tickets.forEach((ticket, index) => {
        this.#watch({ ...asked[index]!, requestClass, ticket, abort: aborts[index]! });
      });
    } catch (error) {
      expect(error).toMatchObject({ code: "queue_full" });
      expect(this.admission.queueLength).toBe(queuedBefore);
      expect(queuedBefore + asked.length).toBeGreaterThan(this.maxQueue);
    }
  }

  #watch(parts: Omit<Known, "arrival" | "seen" | "over">): void {
    const arrival = this.known.length;
    const request: Known = { ...parts, arrival, seen: "waiting", over: false };
    this.known.push(request);
    request.ticket.ready.then(
      () => {
        request.seen = "started";
        this.startOrder.push(request);
      },
      () => (request.seen = "refused"),
    );
  }

  /** Everything that must hold once the promises have settled. */
  async check(): Promise<void> {
    await new Promise(setImmediate);
    expect(this.admission.running).toBe(this.of("started").length);
    expect(this.admission.queueLength).toBe(this.of("waiting").length);
    // Those that had to prepare may have a row promised instead of a place in the queue, and go on waiting where it went away.
    const promised = models.reduce((sum, model) => sum + this.rows[model], 0);
    const preparing = this.of("waiting").filter((request) => this.late.has(request)).length;
    expect(this.admission.queueLength).toBeLessThanOrEqual(
      this.maxQueue + Math.min(preparing, promised + this.rowsLost),
    );
    for (const model of models) this.#checkLane(model);
    for (const request of this.of("started")) expect(request.ticket.place()).toBe(0);
  }

  /** Of promises that were made before rows went away. */
  rowsLost = 0;

  /** Nobody of one model is in the way of another's, and nobody takes a row of another's. */
  #checkLane(model: Model): void {
    const running = this.of("started", model);
    const batch = running.filter((request) => request.requestClass === "batch").length;
    const before = this.#before.get(model) ?? { running: 0, batch: 0 };
    // Rows may have shrunk under what runs; then nothing new may have started.
    expect(running.length).toBeLessThanOrEqual(Math.max(this.rows[model], before.running));
    expect(batch).toBeLessThanOrEqual(Math.max(this.#batchRows(model), before.batch));
    this.#before.set(model, { running: running.length, batch });
    const waiting = this.of("waiting", model);
    for (const [index, request] of waiting.entries()) {
      expect(request.ticket.place()).toBe(index + 1);
    }
    const able = waiting.filter(({ prepares }) => !prepares);
    if (running.length < this.rows[model]) {
      expect(able.filter((request) => request.requestClass === "interactive")).toEqual([]);
      if (batch < this.#batchRows(model)) expect(able).toEqual([]);
    }
    // In turn, but for who was not prepared when the turn came.
    for (const requestClass of ["interactive", "batch"] as const) {
      const started = this.startOrder.filter(
        (request) =>
          request.model === model &&
          request.requestClass === requestClass &&
          !this.late.has(request),
      );
      expect(started).toEqual([...started].sort((a, b) => a.arrival - b.arrival));
    }
  }

  /** Those that had to prepare. */
  readonly late = new Set<Known>();

  #batchRows(model: Model): number {
    return Math.max(1, this.rows[model] - 1);
  }
}

class Enter implements fc.AsyncCommand<object, History> {
  readonly asked: Asked[];
  readonly requestClass: RequestClass;
  constructor(asked: Omit<Asked, "requestClass">[], requestClass: RequestClass) {
    this.asked = asked.map((one) => ({ ...one, requestClass }));
    this.requestClass = requestClass;
  }
  check = (): boolean => true;
  async run(_model: object, history: History): Promise<void> {
    const before = history.known.length;
    history.enter(this.asked, this.requestClass);
    for (const request of history.known.slice(before)) {
      if (request.prepares) history.late.add(request);
    }
    await history.check();
  }
  toString = (): string => `enter(${JSON.stringify(this.asked)})`;
}

/** Do something to the request number `pick` of those in `state`. */
class Act implements fc.AsyncCommand<object, History> {
  readonly name: "release" | "abort" | "prepared";
  readonly state: Known["seen"];
  readonly pick: number;
  constructor(name: Act["name"], state: Known["seen"], pick: number) {
    this.name = name;
    this.state = state;
    this.pick = pick;
  }
  check = (): boolean => true;
  async run(_model: object, history: History): Promise<void> {
    const candidates = history
      .of(this.state)
      .filter(({ prepares }) => this.name !== "prepared" || prepares);
    if (candidates.length === 0) return;
    const request = candidates[this.pick % candidates.length]!;
    if (this.name === "release") {
      request.over = true;
      request.ticket.release();
      request.ticket.release();
    } else if (this.name === "prepared") {
      request.prepares = false;
      request.ticket.prepared();
    } else {
      request.abort.abort(new Error("left"));
      if (this.state === "waiting") request.over = true;
    }
    await history.check();
    if (this.name === "abort" && this.state === "waiting") expect(request.seen).toBe("refused");
  }
  toString = (): string => `${this.name}(${this.state} ${this.pick})`;
}

class SetRows implements fc.AsyncCommand<object, History> {
  readonly model: Model;
  readonly rows: number;
  constructor(model: Model, rows: number) {
    this.model = model;
    this.rows = rows;
  }
  check = (): boolean => true;
  async run(_model: object, history: History): Promise<void> {
    history.rowsLost += Math.max(0, history.rows[this.model] - this.rows);
    history.rows[this.model] = this.rows;
    history.admission.advance();
    await history.check();
  }
  toString = (): string => `rows(${this.model} ${this.rows})`;
}

const requestClasses = fc.constantFrom<RequestClass>("interactive", "batch");
const asked = fc.record({
  model: fc.constantFrom(...models),
  prepares: fc.boolean(),
});
const commands = fc.commands(
  [
    fc
      .tuple(fc.array(asked, { minLength: 1, maxLength: 10 }), requestClasses)
      .map((args) => new Enter(...args)),
    fc.tuple(asked, requestClasses).map(([one, requestClass]) => new Enter([one], requestClass)),
    fc.nat(50).map((pick) => new Act("release", "started", pick)),
    fc.nat(50).map((pick) => new Act("release", "waiting", pick)),
    fc.nat(50).map((pick) => new Act("prepared", "waiting", pick)),
    fc.nat(50).map((pick) => new Act("abort", "waiting", pick)),
    fc.nat(50).map((pick) => new Act("abort", "started", pick)),
    fc
      .tuple(fc.constantFrom(...models), fc.integer({ min: 1, max: 6 }))
      .map((args) => new SetRows(...args)),
  ],
  { maxCommands: 60 },
);

test("any history: each model's rows, the batch's spare row, order, bounds, and every ticket settles", async () => {
  const rows = fc.integer({ min: 1, max: 6 });
  const limits = fc.record({
    rows: fc.record({ a: rows, b: rows, c: rows }),
    maxQueue: fc.nat(12),
  });
  await fc.assert(
    fc.asyncProperty(limits, commands, async ({ rows, maxQueue }, history) => {
      const real = new History(rows, maxQueue);
      await fc.asyncModelRun(() => ({ model: {}, real }), history);
      await drain(real);
      expect(real.known.filter((request) => request.seen === "waiting")).toEqual([]);
      expect([real.admission.running, real.admission.queueLength]).toEqual([0, 0]);
    }),
    { numRuns: 300 },
  );
});

/** Release what runs, again and again: whoever waits must come to his turn. */
async function drain(history: History): Promise<void> {
  for (const request of history.of("waiting")) {
    request.prepares = false;
    request.ticket.prepared();
  }
  for (let turns = 0; turns <= history.known.length; turns += 1) {
    for (const request of history.of("started")) {
      request.over = true;
      request.ticket.release();
    }
    await history.check();
  }
}

test("a full model holds up nobody who wants another one, and lends no row", async () => {
  const admission = openLanes({ a: 1, b: 2 }, 1);
  enterOne(admission, "interactive", { model: "a" });
  enterOne(admission, "interactive", { model: "a" }); // the queue is full with it
  await enterOne(admission, "interactive", { model: "b" }).ready;
  await enterOne(admission, "interactive", { model: "b" }).ready;
  for (const model of ["a", "b"]) {
    expect(() => enterOne(admission, "interactive", { model })).toThrow(/queue is full/);
  }
  expect([admission.running, admission.queueLength]).toEqual([3, 1]);
});

test("a batch of two models fills both, and leaves a row of each", () => {
  const admission = openLanes({ a: 3, b: 2 });
  const asked = [...places(4, { model: "a" }), ...places(4, { model: "b" })];
  admission.enter(asked, "batch");
  expect([admission.running, admission.queueLength]).toEqual([3, 5]);
});

test("who waits for a model that is gone is spoken by the one that there is now", async () => {
  const rows: Rows = { preview: 1 };
  const admission = openLanes(rows);
  enterOne(admission);
  const [waiting] = admission.enter(places(1), "interactive");
  delete rows.preview;
  rows.local = 1;
  admission.advance();
  await waiting!.ready; // the stream that the preview still speaks holds no row of its
  expect(admission.running).toBe(2);
});

test("who prepares lets others pass, without --max-queue being used up, and has its turn then", async () => {
  const { admission } = open(1, 0);
  const preparing = enterOne(admission, "interactive", { prepares: true });
  expect([admission.running, admission.queueLength]).toEqual([0, 1]);
  preparing.prepared();
  await preparing.ready;
  expect(admission.running).toBe(1);

  const { admission: other } = open(1);
  const later = enterOne(other, "interactive", { prepares: true });
  const first = enterOne(other);
  await first.ready;
  later.prepared();
  expect(later.place()).toBe(1);
  first.release();
  await later.ready;
});

test("a batch leaves the last row to interactive requests, at any number of rows above one", () => {
  for (const rows of [2, 3, 8]) {
    const { admission } = open(rows);
    admission.enter(places(10), "batch");
    expect(admission.running).toBe(rows - 1);
    enterOne(admission);
    expect(admission.running).toBe(rows);
  }
});

test("an engine of one row speaks batches too", () => {
  const { admission } = open(1);
  enterOne(admission, "batch");
  expect(admission.running).toBe(1);
});

test("an interactive request passes batch items that wait for a row of theirs", async () => {
  const { admission } = open(2);
  admission.enter(places(3), "batch");
  const ticket = enterOne(admission);
  await ticket.ready;
  expect(admission.queueLength).toBe(2);
});

test("a batch that does not fit the queue enters with no item at all", () => {
  const { admission } = open(4, 5);
  expect(() => admission.enter(places(9), "batch")).toThrow(RequestError);
  expect([admission.running, admission.queueLength]).toEqual([0, 0]);
  admission.enter(places(8), "batch");
  expect([admission.running, admission.queueLength]).toEqual([3, 5]);
});

test("the refusal says how many wait, how many may, when to come back and what to change", () => {
  const { admission } = open(2, 3);
  for (let count = 0; count < 5; count += 1) enterOne(admission);
  let refusal: unknown;
  try {
    enterOne(admission);
  } catch (error) {
    refusal = error;
  }
  // Four requests of 2 s each before it, on two rows.
  expect(refusal).toMatchObject({
    code: "queue_full",
    details: { queueLength: 3, retryAfterSeconds: 4 },
  });
  expect(String(refusal)).toMatch(/3 requests wait, 3 may.* 4 s.*--max-queue/);
});

test("--max-queue 0 takes requests as long as there are rows", () => {
  const { admission } = open(1, 0);
  const ticket = enterOne(admission);
  expect(() => enterOne(admission)).toThrow(/queue is full/);
  ticket.release();
  enterOne(admission);
});

test("a signal that has aborted before takes no place and holds nobody up", async () => {
  const { admission } = open(1);
  const reason = new Error("left");
  const [first, second] = admission.enter(
    [...places(1, { signal: AbortSignal.abort(reason) }), ...places(1)],
    "batch",
  );
  await expect(first!.ready).rejects.toBe(reason);
  await second!.ready;
  expect([admission.running, admission.queueLength]).toEqual([1, 0]);
});

test("more rows start who waits; fewer rows let what runs go on and start nobody", async () => {
  const { admission, limits } = open(1);
  const tickets = Array.from({ length: 4 }, () => enterOne(admission));
  limits.rows = 3;
  admission.advance();
  await Promise.all(tickets.slice(0, 3).map((ticket) => ticket.ready));
  limits.rows = 1;
  tickets[0]!.release();
  tickets[1]!.release();
  expect([admission.running, admission.queueLength]).toEqual([1, 1]);
  tickets[2]!.release();
  await tickets[3]!.ready;
});
