// Says when a host hangs. In: its answers to pings. Out: one verdict. A host hangs when its control
// thread does not answer, or when its compute thread is late beyond the cost of its own plan; a long
// step is neither. Counts pings, not time, so that a pause of this process condemns nobody.

/** Pings in a grace period. */
const pingsPerGrace = 4;

export type WatchdogOptions = {
  graceMs: number;
  ping: (id: number) => void;
  /** Called at most once. */
  hung: (detail: string) => void;
};

export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #timer: NodeJS.Timeout;
  #sent = 0;
  #answered = 0;

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#tick(), options.graceMs / pingsPerGrace);
    this.#timer.unref();
  }

  pong(id: number, overdueMs: number): void {
    this.#answered = id;
    if (overdueMs > this.#options.graceMs) {
      this.#condemn(`The compute thread has been overdue for ${Math.round(overdueMs)} ms.`);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const unanswered = this.#sent - this.#answered;
    if (unanswered > pingsPerGrace) {
      this.#condemn(`The control thread left ${unanswered} pings unanswered.`);
      return;
    }
    this.#sent += 1;
    this.#options.ping(this.#sent);
  }

  #condemn(detail: string): void {
    this.stop();
    this.#options.hung(detail);
  }
}
