// Says when a host hangs. In: its answers to pings. Out: one verdict. A host hangs when its control
// thread does not answer, or when its compute thread is late beyond the cost of its own plan; a long
// step is neither. A pause of this process, which mostly is one of the machine or the container and so the host's too,
// condemns nobody.

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
  readonly #pingMs: number;
  #sent = 0;
  #answered = 0;
  #lookedAtMs = performance.now();
  /** This process was paused for so long since the compute thread was last in time. */
  #pausedMs = 0;

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#pingMs = options.graceMs / pingsPerGrace;
    this.#timer = setInterval(() => this.#tick(), this.#pingMs);
    this.#timer.unref();
  }

  pong(id: number, overdueMs: number): void {
    this.#answered = id;
    this.#notePause(); // an answer may come before the tick that is late
    if (overdueMs === 0) this.#pausedMs = 0;
    if (overdueMs - this.#pausedMs > this.#options.graceMs) {
      this.#condemn(`The compute thread has been overdue for ${Math.round(overdueMs)} ms.`);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #notePause(): void {
    const nowMs = performance.now();
    this.#pausedMs += Math.max(0, nowMs - this.#lookedAtMs - this.#pingMs);
    this.#lookedAtMs = nowMs;
  }

  #tick(): void {
    this.#notePause();
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
