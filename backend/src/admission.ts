// Who may use the engine now, and who waits. In: one request, or the items of a batch. Out: a ticket
// that becomes ready in turn. Keeps the queue bounded, and leaves the last row to requests that
// somebody waits for: a batch never takes it. Knows nothing of speech or HTTP.
import { RequestError } from "./request-error.ts";

export type RequestClass = "interactive" | "batch";

export type Ticket = {
  /**
   * Resolves when the request may start; rejects with the signal's reason when it aborts first, with
   * `cancelled` when the place is given back first.
   */
  ready: Promise<void>;
  /** 1 is next; 0 when it has started or is gone. */
  place(): number;
  /** Give the place back; must be called once the request is over. Calling it twice is harmless. */
  release(): void;
};

type Waiting = { requestClass: RequestClass; admit(): void; refuse(reason: Error): void };

export type AdmissionOptions = {
  /** Rows of the engine now; may change. */
  rows(): number;
  maxQueue: number;
  /** Mean wall seconds of a recent request, for `Retry-After`. */
  meanSeconds(): number;
};

export class Admission {
  readonly #options: AdmissionOptions;
  readonly #queue: Waiting[] = [];
  readonly #running = { interactive: 0, batch: 0 };

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  get queueLength(): number {
    return this.#queue.length;
  }

  get running(): number {
    return this.#running.interactive + this.#running.batch;
  }

  /**
   * Ask for a place for each signal: all of them, or none. A signal that aborts leaves the queue.
   * @throws RequestError `queue_full`
   */
  enter(signals: AbortSignal[], requestClass: RequestClass): Ticket[] {
    const mustWait = Math.max(0, signals.length - this.#freePlaces(requestClass));
    if (this.#queue.length + mustWait > this.#options.maxQueue) throw this.#queueFull();
    const tickets = signals.map((signal) => this.#ticket(requestClass, signal));
    this.advance();
    return tickets;
  }

  /** Start who may start. To be called when the engine's rows have changed. */
  advance(): void {
    let index = 0;
    while (index < this.#queue.length && this.running < this.#options.rows()) {
      const waiting = this.#queue[index]!;
      if (this.#hasPlaceFor(waiting.requestClass)) {
        this.#queue.splice(index, 1);
        waiting.admit();
      } else {
        index += 1;
      }
    }
  }

  #ticket(requestClass: RequestClass, signal: AbortSignal): Ticket {
    let state: "waiting" | "running" | "over" = "waiting";
    const waiting: Waiting = { requestClass, admit: () => undefined, refuse: () => undefined };
    const release = (): void => {
      if (state === "over") return;
      if (state === "running") this.#running[requestClass] -= 1;
      else this.#queue.splice(this.#queue.indexOf(waiting), 1);
      state = "over";
      waiting.refuse(new RequestError("cancelled", "The request gave its place back."));
      this.advance();
    };
    const ready = new Promise<void>((resolve, reject) => {
      // A running request that is aborted ends by itself and then releases.
      const leave = (): void => {
        reject(signal.reason as Error);
        release();
      };
      waiting.admit = () => {
        state = "running";
        this.#running[requestClass] += 1;
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
    return { ready, place: () => this.#queue.indexOf(waiting) + 1, release };
  }

  #hasPlaceFor(requestClass: RequestClass): boolean {
    return requestClass === "interactive" || this.#running.batch < this.#batchRows();
  }

  /** An engine of one row has no row to spare. */
  #batchRows(): number {
    return Math.max(1, this.#options.rows() - 1);
  }

  #freePlaces(requestClass: RequestClass): number {
    if (this.#queue.some((waiting) => waiting.requestClass === requestClass)) return 0;
    const free = this.#options.rows() - this.running;
    if (requestClass === "interactive") return Math.max(0, free);
    return Math.max(0, Math.min(free, this.#batchRows() - this.#running.batch));
  }

  #queueFull(): RequestError {
    const queueLength = this.#queue.length;
    const seconds = (this.#options.meanSeconds() * (queueLength + 1)) / this.#options.rows();
    const retryAfterSeconds = Math.min(60, Math.max(1, Math.ceil(seconds)));
    return new RequestError(
      "queue_full",
      `The queue is full: ${queueLength} requests wait, ${this.#options.maxQueue} may. ` +
        `Try again in ${retryAfterSeconds} s, or start the server with a larger --max-queue.`,
      { queueLength, retryAfterSeconds },
    );
  }
}
