// Who may use the engine now, and who waits. In: one request, or the items of a batch. Out: a ticket
// that becomes ready in turn. Each model has rows of its own: a request takes one of the model that will speak it,
// and waits for no other. Keeps the queue bounded, and leaves the last row to requests that
// somebody waits for: a batch never takes it. Knows nothing of speech or HTTP.
import { RequestError } from "./request-error.ts";

export type RequestClass = "interactive" | "batch";

/** What one request asks for. */
export type Place = {
  signal: AbortSignal;
  /** Null: there is no choice. */
  model: string | null;
  /** Something is made for it first, for which it needs no row: it starts after `Ticket.prepared`. */
  prepares: boolean;
};

export type Ticket = {
  /**
   * Resolves when the request may start; rejects with the signal's reason when it aborts first, with
   * `cancelled` when the place is given back first.
   */
  ready: Promise<void>;
  prepared(): void;
  /** Among those that wait for the same model 1 is next; 0 when it has started or is gone. */
  place(): number;
  /** Give the place back; must be called once the request is over. Calling it twice is harmless. */
  release(): void;
};

/** The model that would speak a request now, and how many requests it advances at once. */
export type Lane = { id: string; rows: number };
export type LaneOf = (model: string | null) => Lane;

export type AdmissionOptions = {
  /** As the engine is now; it may change. */
  lanes(): LaneOf;
  maxQueue: number;
  /** Mean wall seconds of a recent request, for `Retry-After`. */
  meanSeconds(): number;
};

type Waiting = {
  requestClass: RequestClass;
  model: string | null;
  prepares: boolean;
  /** There was a row for it when it came, so that it takes no place of the queue's. */
  promised: boolean;
  admit(lane: string): void;
  refuse(reason: Error): void;
};

type Running = Record<RequestClass, number>;

export class Admission {
  readonly #options: AdmissionOptions;
  readonly #queue: Waiting[] = [];
  /** By model, those that have any. */
  readonly #running = new Map<string, Running>();

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  get queueLength(): number {
    return this.#queue.length;
  }

  get running(): number {
    let sum = 0;
    for (const { interactive, batch } of this.#running.values()) sum += interactive + batch;
    return sum;
  }

  /**
   * Ask for all of the places, or none. A signal that aborts leaves the queue.
   * @throws RequestError `queue_full`
   */
  enter(places: readonly Place[], requestClass: RequestClass): Ticket[] {
    const laneOf = this.#options.lanes();
    const free = new Map<string, number>();
    const promises = places.map(({ model }) => {
      const lane = laneOf(model);
      const left = free.get(lane.id) ?? this.#freePlaces(requestClass, lane, laneOf);
      free.set(lane.id, Math.max(0, left - 1));
      return left > 0;
    });
    const firstToWait = places[promises.indexOf(false)];
    const mustWait = promises.filter((promised) => !promised).length;
    const waiting = this.#queue.filter(({ promised }) => !promised).length;
    if (firstToWait && waiting + mustWait > this.#options.maxQueue) {
      throw this.#queueFull(laneOf(firstToWait.model), laneOf);
    }
    const tickets = places.map((place, index) =>
      this.#ticket(place, requestClass, promises[index]!),
    );
    this.advance();
    return tickets;
  }

  /** Start who may start. To be called when the engine's models or rows have changed. */
  advance(): void {
    if (this.#queue.length === 0) return;
    const laneOf = this.#options.lanes();
    for (let index = 0; index < this.#queue.length;) {
      const waiting = this.#queue[index]!;
      const lane = laneOf(waiting.model);
      if (!waiting.prepares && this.#hasPlaceFor(waiting.requestClass, lane)) {
        this.#queue.splice(index, 1);
        waiting.admit(lane.id);
      } else {
        index += 1;
      }
    }
  }

  #ticket(
    { signal, model, prepares }: Place,
    requestClass: RequestClass,
    promised: boolean,
  ): Ticket {
    /** Null: it waits, or is over. */
    let lane: string | null = null;
    const waiting: Waiting = {
      ...{ requestClass, model, prepares, promised },
      admit: () => undefined,
      refuse: () => undefined,
    };
    const release = (): void => {
      const index = this.#queue.indexOf(waiting);
      if (lane === null && index < 0) return;
      if (lane === null) this.#queue.splice(index, 1);
      else this.#count(lane, requestClass, -1);
      lane = null;
      waiting.refuse(new RequestError("cancelled", "The request gave its place back."));
      this.advance();
    };
    const ready = new Promise<void>((resolve, reject) => {
      // A running request that is aborted ends by itself and then releases.
      const leave = (): void => {
        reject(signal.reason as Error);
        release();
      };
      waiting.admit = (id) => {
        lane = id;
        this.#count(id, requestClass, 1);
        signal.removeEventListener("abort", leave);
        resolve();
      };
      waiting.refuse = (reason) => {
        signal.removeEventListener("abort", leave);
        reject(reason);
      };
      this.#queue.push(waiting);
      signal.addEventListener("abort", leave, { once: true });
      if (signal.aborted) leave();
    });
    ready.catch(() => undefined); // its holder may have left without waiting for it
    const prepared = (): void => {
      waiting.prepares = false;
      this.advance();
    };
    return { ready, prepared, place: () => this.#placeOf(waiting), release };
  }

  #count(lane: string, requestClass: RequestClass, change: number): void {
    const running = this.#runningOn(lane);
    const changed = { ...running, [requestClass]: running[requestClass] + change };
    if (changed.interactive + changed.batch === 0) this.#running.delete(lane);
    else this.#running.set(lane, changed);
  }

  #runningOn(lane: string): Running {
    return this.#running.get(lane) ?? { interactive: 0, batch: 0 };
  }

  #hasPlaceFor(requestClass: RequestClass, { id, rows }: Lane): boolean {
    const { interactive, batch } = this.#runningOn(id);
    if (interactive + batch >= rows) return false;
    return requestClass === "interactive" || batch < batchRows(rows);
  }

  #freePlaces(requestClass: RequestClass, { id, rows }: Lane, laneOf: LaneOf): number {
    const queued = this.#queue.filter(({ model }) => laneOf(model).id === id);
    if (queued.some((other) => !other.promised && other.requestClass === requestClass)) return 0;
    const taken = { ...this.#runningOn(id) };
    for (const other of queued) if (other.promised) taken[other.requestClass] += 1;
    const free = rows - taken.interactive - taken.batch;
    const most = requestClass === "batch" ? batchRows(rows) - taken.batch : free;
    return Math.max(0, Math.min(free, most));
  }

  #placeOf(waiting: Waiting): number {
    const laneOf = this.#options.lanes();
    const { id } = laneOf(waiting.model);
    const queued = this.#queue.filter(({ model }) => laneOf(model).id === id);
    return queued.indexOf(waiting) + 1;
  }

  #queueFull(lane: Lane, laneOf: LaneOf): RequestError {
    const queueLength = this.#queue.length;
    const before = this.#queue.filter(({ model }) => laneOf(model).id === lane.id).length;
    const seconds = (this.#options.meanSeconds() * (before + 1)) / lane.rows;
    const retryAfterSeconds = Math.min(60, Math.max(1, Math.ceil(seconds)));
    return new RequestError(
      "queue_full",
      `The queue is full: ${queueLength} requests wait, ${this.#options.maxQueue} may. ` +
        `Try again in ${retryAfterSeconds} s, or start the server with a larger --max-queue.`,
      { queueLength, retryAfterSeconds },
    );
  }
}

/** An engine of one row has no row to spare. */
function batchRows(rows: number): number {
  return Math.max(1, rows - 1);
}
