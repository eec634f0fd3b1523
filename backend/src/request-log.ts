// What became of each request, for GET and DELETE /requests/{id}. In: the steps of a request's life.
// Out: its record, kept for ten minutes after its end. Holds no audio and no text.
import { randomUUID } from "node:crypto";
import type { ErrorCode, FinishReason, RequestRecord } from "./protocol.ts";
import type { RequestError } from "./request-error.ts";

const keptMs = 10 * 60 * 1000;
/** A bound on memory under load; the oldest finished records go first. */
const maxFinished = 20_000;

export type Outcome =
  | { kind: "finished"; finishReason: FinishReason }
  | { kind: "failed"; error: { detail: string; code: ErrorCode } };

export class RequestEntry {
  readonly id: string;
  readonly route: RequestRecord["route"];
  readonly abort = new AbortController();
  readonly #receivedAt = Date.now();
  #state: RequestRecord["state"] = "queued";
  #place: () => number = () => 0;
  #secondsMade = 0;
  #sampleRate: number | null = null;
  #seed: number | null = null;
  #retries = 0;
  #underruns = 0;
  #outcome: Outcome | null = null;
  #items: RequestEntry[] | null = null;
  readonly #timings: { started: number | null; firstAudio: number | null; done: number | null } = {
    started: null,
    firstAudio: null,
    done: null,
  };

  constructor(id: string, route: RequestRecord["route"]) {
    this.id = id;
    this.route = route;
  }

  get done(): boolean {
    return this.#state === "done";
  }

  get elapsedMs(): number {
    return Date.now() - this.#receivedAt;
  }

  /** For metrics: "stop", "length", "cancelled", … or the code of its error. */
  get outcome(): string {
    if (this.#outcome === null) return "running";
    return this.#outcome.kind === "finished"
      ? this.#outcome.finishReason
      : this.#outcome.error.code;
  }

  queued(place: () => number): void {
    this.#place = place;
  }

  seeded(seed: number): void {
    this.#seed = seed;
  }

  /** What was made is thrown away, and it is made again with this seed. */
  retried(seed: number): void {
    this.#seed = seed;
    this.#retries += 1;
    this.#secondsMade = 0;
  }

  started(): void {
    this.#state = "running";
    this.#timings.started = this.elapsedMs;
  }

  speaking(sampleRate: number): void {
    this.#sampleRate = sampleRate;
  }

  madeAudio(seconds: number): void {
    this.#timings.firstAudio ??= this.elapsedMs;
    this.#secondsMade += seconds;
  }

  ranDry(): void {
    this.#underruns += 1;
  }

  finish(outcome: Outcome): void {
    if (this.done) return;
    this.#state = "done";
    this.#outcome = outcome;
    this.#timings.done = this.elapsedMs;
  }

  holds(items: RequestEntry[]): void {
    this.#items = items;
  }

  /** Stop it, and the items of a batch, wherever they are. */
  cancel(reason: RequestError): void {
    this.abort.abort(reason);
    this.#items?.forEach((item) => item.cancel(reason));
  }

  record(): RequestRecord {
    const outcome = this.#outcome;
    const items = this.#items;
    return {
      id: this.id,
      route: this.route,
      state: this.#state,
      queue_place: this.#state === "queued" ? this.#place() : null,
      seconds_made: items
        ? items.reduce((sum, item) => sum + item.#secondsMade, 0)
        : this.#secondsMade,
      sample_rate: this.#sampleRate,
      seed: this.#seed,
      retries: this.#retries,
      underruns: items ? items.reduce((sum, item) => sum + item.#underruns, 0) : this.#underruns,
      finish_reason: outcome?.kind === "finished" ? outcome.finishReason : null,
      error: outcome?.kind === "failed" ? outcome.error : null,
      timings: {
        received: new Date(this.#receivedAt).toISOString(),
        started_ms: this.#timings.started,
        first_audio_ms: this.#timings.firstAudio,
        done_ms: this.#timings.done,
      },
      items: items ? items.map((item) => item.id) : null,
    };
  }
}

export class RequestLog {
  readonly #running = new Map<string, RequestEntry>();
  readonly #finished = new Map<string, { entry: RequestEntry; until: number }>();

  /** Under `id`, or under a new one when that is taken: of two that came at once, each has its own. */
  open(id: string, route: RequestRecord["route"]): RequestEntry {
    const entry = new RequestEntry(this.has(id) ? randomUUID() : id, route);
    this.#running.set(entry.id, entry);
    return entry;
  }

  /** The request is over: its record is kept for a while. */
  close(entry: RequestEntry): void {
    if (!this.#running.delete(entry.id)) return;
    this.#finished.set(entry.id, { entry, until: Date.now() + keptMs });
    this.#forgetOld();
  }

  /** As if it had never been. */
  forget(entry: RequestEntry): void {
    this.#running.delete(entry.id);
  }

  has(id: string): boolean {
    return this.find(id) !== undefined;
  }

  find(id: string): RequestEntry | undefined {
    this.#forgetOld();
    return this.#running.get(id) ?? this.#finished.get(id)?.entry;
  }

  running(): RequestEntry[] {
    return [...this.#running.values()];
  }

  // A Map keeps the order of insertion, so the oldest are at its front.
  #forgetOld(): void {
    const now = Date.now();
    for (const [id, { until }] of this.#finished) {
      if (until > now && this.#finished.size <= maxFinished) return;
      this.#finished.delete(id);
    }
  }
}
