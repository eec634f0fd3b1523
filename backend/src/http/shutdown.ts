// The graceful end: take nothing new, let what runs finish, cut it after a limit. In: a word to stop.
// Out: a promise that all requests are over; closing the server then cuts the answers of readers that
// have stopped.
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { reasons } from "../explain-error.ts";
import type { RequestLog } from "../request-log.ts";

const pollMs = 50;
/** For cut requests to tell their clients. */
const farewellMs = 1000;

export class Shutdown {
  readonly #requests: RequestLog;
  /** A clip is still being sent when its request is over. */
  readonly #unsentAnswers = new Set<ServerResponse>();
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
      this.#unsentAnswers.add(reply.raw);
      reply.raw.once("close", () => this.#unsentAnswers.delete(reply.raw));
      if (this.#begun) {
        void reply.header("Connection", "close");
        if (request.method === "POST") throw reasons.shuttingDown();
      }
      done();
    });
  }

  /** Resolves when all requests are over and their answers sent, or soon after `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    this.#begun = true;
    await this.#quiet(graceMs);
    for (const entry of this.#requests.running()) entry.cancel(reasons.shuttingDown());
    await this.#quiet(farewellMs);
  }

  async #quiet(limitMs: number): Promise<void> {
    const deadline = Date.now() + limitMs;
    while (this.#busy && Date.now() < deadline) await sleep(pollMs);
  }

  get #busy(): boolean {
    return this.#unsentAnswers.size > 0 || this.#requests.running().length > 0;
  }
}
