// The graceful end: take nothing new, let what runs finish, cut it after a limit. In: a word to stop.
// Out: a promise that all requests are over.
import type { FastifyInstance } from "fastify";
import { reasons } from "../explain-error.ts";
import type { RequestLog } from "../request-log.ts";

const pollMs = 50;

export class Shutdown {
  readonly #requests: RequestLog;
  #begun = false;

  constructor(requests: RequestLog) {
    this.#requests = requests;
  }

  get begun(): boolean {
    return this.#begun;
  }

  /** Refuse what arrives after the shutdown has begun; questions about running requests stay. */
  guard(app: FastifyInstance): void {
    app.addHook("onRequest", (request, reply, done) => {
      if (this.#begun) {
        void reply.header("Connection", "close");
        if (request.method === "POST") throw reasons.shuttingDown();
      }
      done();
    });
  }

  /** Resolves when no request runs; what still runs after `graceMs` is cut. */
  async drain(graceMs: number): Promise<void> {
    this.#begun = true;
    const deadline = Date.now() + graceMs;
    while (this.#requests.running().length > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    for (const entry of this.#requests.running()) entry.cancel(reasons.shuttingDown());
  }
}
