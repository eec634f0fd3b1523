// Admission against a model of it, through random histories; and its promises one by one.
import fc from "fast-check";
import { expect, test } from "vitest";
import { Admission, type RequestClass, type Ticket } from "./admission.ts";
import { RequestError } from "./request-error.ts";

function signals(count: number): AbortSignal[] {
  return Array.from({ length: count }, () => new AbortController().signal);
}

function open(rows: number, maxQueue = 100): { admission: Admission; limits: { rows: number } } {
  const limits = { rows };
  const admission = new Admission({ rows: () => limits.rows, maxQueue, meanSeconds: () => 2 });
  return { admission, limits };
}

function enterOne(admission: Admission, requestClass: RequestClass = "interactive"): Ticket {
  return admission.enter(signals(1), requestClass)[0]!;
}

/** One request of a random history: the real ticket and what has been seen of it. */
type Known = {
  requestClass: RequestClass;
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
  rows: number;
  #before = { running: 0, batch: 0 };

  constructor(rows: number, maxQueue: number) {
    this.rows = rows;
    this.maxQueue = maxQueue;
    this.admission = new Admission({ rows: () => this.rows, maxQueue, meanSeconds: () => 2 });
  }

  of(state: Known["seen"]): Known[] {
    return this.known.filter((request) => !request.over && request.seen === state);
  }

  enter(count: number, requestClass: RequestClass): void {
    const aborts = Array.from({ length: count }, () => new AbortController());
    const queuedBefore = this.admission.queueLength;
    try {
      const tickets = this.admission.enter(
        aborts.map((abort) => abort.signal),
        requestClass,
      );
      tickets.forEach((ticket, index) => {
        this.#watch({ requestClass, ticket, abort: aborts[index]! });
      });
    } catch (error) {
      expect(error).toMatchObject({ code: "queue_full" });
      expect(this.admission.queueLength).toBe(queuedBefore);
      expect(queuedBefore + count).toBeGreaterThan(this.maxQueue);
    }
  }

  #watch(parts: Pick<Known, "requestClass" | "ticket" | "abort">): void {
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
    const running = this.of("started");
    const batch = running.filter((request) => request.requestClass === "batch").length;
    expect(this.admission.running).toBe(running.length);
    expect(this.admission.queueLength).toBe(this.of("waiting").length);
    expect(this.admission.queueLength).toBeLessThanOrEqual(this.maxQueue);
    // Rows may have shrunk under what runs; then nothing new may have started.
    expect(running.length).toBeLessThanOrEqual(Math.max(this.rows, this.#before.running));
    expect(batch).toBeLessThanOrEqual(Math.max(this.#batchRows, this.#before.batch));
    this.#before = { running: running.length, batch };
    this.#checkNobodyWaitsInVain(batch);
    for (const [index, waiting] of this.of("waiting").entries()) {
      expect(waiting.ticket.place()).toBe(index + 1);
    }
    for (const request of running) expect(request.ticket.place()).toBe(0);
    for (const requestClass of ["interactive", "batch"] as const) {
      const started = this.startOrder.filter((request) => request.requestClass === requestClass);
      expect(started).toEqual([...started].sort((a, b) => a.arrival - b.arrival));
    }
  }

  get #batchRows(): number {
    return Math.max(1, this.rows - 1);
  }

  #checkNobodyWaitsInVain(batchRunning: number): void {
    if (this.admission.running >= this.rows) return;
    const waiting = this.of("waiting");
    expect(waiting.filter((request) => request.requestClass === "interactive")).toEqual([]);
    if (batchRunning < this.#batchRows) expect(waiting).toEqual([]);
  }
}

class Enter implements fc.AsyncCommand<object, History> {
  readonly count: number;
  readonly requestClass: RequestClass;
  constructor(count: number, requestClass: RequestClass) {
    this.count = count;
    this.requestClass = requestClass;
  }
  check = (): boolean => true;
  async run(_model: object, history: History): Promise<void> {
    history.enter(this.count, this.requestClass);
    await history.check();
  }
  toString = (): string => `enter(${this.count}, ${this.requestClass})`;
}

/** Do something to the request number `pick` of those in `state`. */
class Act implements fc.AsyncCommand<object, History> {
  readonly name: "release" | "abort";
  readonly state: Known["seen"];
  readonly pick: number;
  constructor(name: Act["name"], state: Known["seen"], pick: number) {
    this.name = name;
    this.state = state;
    this.pick = pick;
  }
  check = (): boolean => true;
  async run(_model: object, history: History): Promise<void> {
    const candidates = history.of(this.state);
    if (candidates.length === 0) return;
    const request = candidates[this.pick % candidates.length]!;
    if (this.name === "release") {
      request.over = true;
      request.ticket.release();
      request.ticket.release();
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
  readonly rows: number;
  constructor(rows: number) {
    this.rows = rows;
  }
  check = (): boolean => true;
  async run(_model: object, history: History): Promise<void> {
    history.rows = this.rows;
    history.admission.advance();
    await history.check();
  }
  toString = (): string => `rows(${this.rows})`;
}

const requestClasses = fc.constantFrom<RequestClass>("interactive", "batch");
const commands = fc.commands(
  [
    fc.tuple(fc.integer({ min: 1, max: 10 }), requestClasses).map((args) => new Enter(...args)),
    requestClasses.map((requestClass) => new Enter(1, requestClass)),
    fc.nat(50).map((pick) => new Act("release", "started", pick)),
    fc.nat(50).map((pick) => new Act("release", "waiting", pick)),
    fc.nat(50).map((pick) => new Act("abort", "waiting", pick)),
    fc.nat(50).map((pick) => new Act("abort", "started", pick)),
    fc.integer({ min: 1, max: 6 }).map((rows) => new SetRows(rows)),
  ],
  { maxCommands: 60 },
);

test("any history: rows, the batch's spare row, order, bounds, and every ticket settles", async () => {
  const limits = fc.record({
    rows: fc.integer({ min: 1, max: 6 }),
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
    { numRuns: 200 },
  );
});

/** Release what runs, again and again: whoever waits must come to his turn. */
async function drain(history: History): Promise<void> {
  for (let turns = 0; turns <= history.known.length; turns += 1) {
    for (const request of history.of("started")) {
      request.over = true;
      request.ticket.release();
    }
    await history.check();
  }
}

test("a batch leaves the last row to interactive requests, at any number of rows above one", () => {
  for (const rows of [2, 3, 8]) {
    const { admission } = open(rows);
    admission.enter(signals(10), "batch");
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
  admission.enter(signals(3), "batch");
  const ticket = enterOne(admission);
  await ticket.ready;
  expect(admission.queueLength).toBe(2);
});

test("a batch that does not fit the queue enters with no item at all", () => {
  const { admission } = open(4, 5);
  expect(() => admission.enter(signals(9), "batch")).toThrow(RequestError);
  expect([admission.running, admission.queueLength]).toEqual([0, 0]);
  admission.enter(signals(8), "batch");
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
  const [first, second] = admission.enter([AbortSignal.abort(reason), ...signals(1)], "batch");
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
