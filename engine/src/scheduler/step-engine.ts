// The loop that makes many requests share one model: admit, plan, step, release; and beside it the codec calls, one at a
// time for each row. In: requests and a SpeechModel. Out: the engine interface. A row whose client left is in no plan
// made after that. Knows nothing of graphs, files and processes.
import { setImmediate as nextTurn } from "node:timers/promises";
import { EngineError } from "../engine-error.ts";
import type { EngineStatus, SpeechEngine, SpeechEvent, SpeechRequest } from "../speech-engine.ts";
import { SpeechStream } from "../speech-stream.ts";
import { hasRoom, isEmpty, mayDecode, planStep, type Plan, type Room } from "./plan.ts";
import { Row, type RowObserver } from "./row.ts";
import type { RunawayLimits } from "./runaway-guard.ts";
import type { CodeFrame, SpeechModel, StepResult } from "./speech-model.ts";

/** What surrounds the loop: a host that wants signs of life, or nothing. */
export type StepWorld = {
  /** Take in what has arrived since the last step. Never waits. */
  beforeStep: () => void;
  planned: (expectedMs: number) => void;
  stepDone: () => void;
};

export type StepEngineOptions = {
  /** For `EngineStatus.engine`. */
  engine: string;
  /** What requests may take at once; more wait inside. */
  room: Room;
  runaway: RunawayLimits;
  world: StepWorld;
};

/** What a row's share of a step may take on a slow machine before the host is asked what it does. */
const slowRowMs = 2000;

export class StepEngine<State> implements SpeechEngine {
  readonly #model: SpeechModel<State>;
  readonly #options: StepEngineOptions;
  readonly #listeners = new Set<(status: EngineStatus) => void>();
  readonly #waiting = new Set<Row<State>>();
  readonly #rows = new Set<Row<State>>();
  readonly #decodes = new Set<Promise<void>>();
  #running = false;
  /** The world was told how long the codec calls under way may take. */
  #decodesTold = false;
  #closed: Promise<void> | undefined;
  /** The loop that runs now, for `close` to wait for. */
  #loop: Promise<void> = Promise.resolve();

  constructor(model: SpeechModel<State>, options: StepEngineOptions) {
    this.#model = model;
    this.#options = options;
  }

  status(): EngineStatus {
    const state = this.#closed
      ? ({ kind: "absent", reason: "The engine was closed." } as const)
      : ({ kind: "ready" } as const);
    return {
      engine: this.#options.engine,
      models: [{ ...this.#model.description, state, rows: this.#options.room.rows }],
      activeRows: this.#rows.size,
    };
  }

  onStatus(listener: (status: EngineStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  synthesize(
    request: SpeechRequest,
    signal: AbortSignal,
    observer?: RowObserver,
  ): AsyncIterable<SpeechEvent> {
    const stream: SpeechStream = new SpeechStream(signal, {
      open: () => this.#open(row),
      drink: (samples) => {
        row.drink(samples);
        this.#wake();
      },
      leave: () => this.#free(row),
    });
    const { runaway } = this.#options;
    const row = new Row<State>(request, stream, { runaway, observer });
    return stream;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const row of [...this.#waiting, ...this.#rows]) this.#fail(row, closedError());
    await this.#loop;
    await Promise.all(this.#decodes);
    await this.#model.close();
    this.#emit();
  }

  #open(row: Row<State>): void {
    if (this.#closed) {
      row.stream.fail(closedError());
      return;
    }
    this.#waiting.add(row);
    this.#prepare(row).then(
      () => this.#wake(),
      (error: unknown) => this.#fail(row, error),
    );
  }

  /** What can never be spoken is refused at once, not when its turn comes. */
  async #prepare(row: Row<State>): Promise<void> {
    await row.readText();
    if (!this.#waiting.has(row)) return;
    row.check(this.#model);
    if (!hasRoom([], row.positions!, this.#options.room)) {
      throw tooLong(row.positions!, this.#options.room);
    }
  }

  #wake(): void {
    if (this.#running) return;
    this.#running = true;
    this.#loop = this.#run();
  }

  // A turn of the event loop before each plan: requests that come together share it, and whoever came while a step held the
  // thread is read by then, and does not wait for another.
  async #run(): Promise<void> {
    for (;;) {
      await nextTurn();
      const plan = this.#plan();
      if (isEmpty(plan)) break;
      const rows = plan.step.length + (plan.prefill ? 1 : 0);
      this.#options.world.planned(rows * slowRowMs);
      this.#decodesTold = false;
      await this.#perform(plan);
      this.#options.world.stepDone();
    }
    this.#expectDecodes();
  }

  /** With no step to do, codec calls are what this thread owes. Whoever else wakes the loop gives them no more time. */
  #expectDecodes(): void {
    if (this.#decodes.size === 0) this.#options.world.stepDone();
    else if (!this.#decodesTold) this.#options.world.planned(this.#decodes.size * slowRowMs);
    this.#decodesTold = true;
  }

  #plan(): Plan<Row<State>> {
    this.#options.world.beforeStep();
    this.#admit();
    for (const row of this.#rows) this.#deliver(row);
    const plan = planStep([...this.#rows], this.#model.sharesSteps);
    this.#running = !isEmpty(plan);
    return plan;
  }

  // In turn, those first that somebody listens to. Nobody passes one that has no room yet: it would wait for ever.
  #admit(): void {
    const ready = [...this.#waiting].filter(({ positions }) => positions !== undefined);
    for (const row of [...ready.filter(({ live }) => live), ...ready.filter(({ live }) => !live)]) {
      const joined = [...this.#rows].map(({ positions }) => positions!);
      if (!hasRoom(joined, row.positions!, this.#options.room)) return;
      this.#waiting.delete(row);
      try {
        row.open(this.#model);
        this.#rows.add(row);
        this.#emit();
      } catch (error) {
        this.#fail(row, error);
      }
    }
  }

  async #perform({ prefill, step }: Plan<Row<State>>): Promise<void> {
    if (prefill) await this.#prefill(prefill);
    const rows = step.filter((row) => this.#rows.has(row));
    if (rows.length > 0) await this.#step(rows);
  }

  // A failure is one row's own. That of a step which several share may be anybody's, or nobody's, where the memory was
  // not enough for all of them at once: each tries alone, and who cannot alone goes down.
  async #step(rows: readonly Row<State>[]): Promise<void> {
    let results: StepResult[];
    try {
      results = await this.#model.step(rows.map((row) => row.state!));
    } catch (error) {
      if (rows.length === 1) this.#fail(rows[0]!, error);
      else await this.#stepApart(rows);
      return;
    }
    for (const [index, row] of rows.entries()) {
      row.take(results[index]!);
      this.#deliver(row);
    }
  }

  async #stepApart(rows: readonly Row<State>[]): Promise<void> {
    for (const row of rows) {
      if (!this.#rows.has(row)) continue;
      this.#options.world.planned(slowRowMs);
      await this.#step([row]);
    }
  }

  async #prefill(row: Row<State>): Promise<void> {
    try {
      if ((await this.#model.prefill(row.state!)) === "done") row.prefilled();
    } catch (error) {
      this.#fail(row, error);
    }
  }

  /** Start the next codec call of a row, if it has none under way and frames enough and may; or see to its end. */
  #deliver(row: Row<State>): void {
    if (!this.#rows.has(row) || row.decoding) return;
    if (!mayDecode(row, [...this.#rows])) return;
    const frames = row.takeFrames();
    if (frames.length > 0) {
      const decode = this.#decode(row, frames);
      this.#decodes.add(decode);
      void decode.then(() => {
        this.#decodes.delete(decode);
        this.#decodesTold = false;
        this.#deliver(row);
        this.#wake();
      });
    } else if (row.complete) {
      row.end(this.#model.stagesMs(row.state!));
      this.#free(row);
    }
  }

  async #decode(row: Row<State>, frames: readonly CodeFrame[]): Promise<void> {
    try {
      const plan = planStep([...this.#rows], this.#model.sharesSteps);
      const call = { dueMs: row.dueMs, alone: isEmpty(plan) };
      const samples = await this.#model.decode(row.state!, frames, call);
      if (this.#rows.has(row)) row.pushAudio(samples);
    } catch (error) {
      this.#fail(row, error);
    }
  }

  #fail(row: Row<State>, error: unknown): void {
    row.stream.fail(error instanceof Error ? error : new Error(String(error)));
    this.#free(row);
  }

  // A row may be freed while one of its own calls is under way: that call ends first, on memory that
  // its state keeps alive.
  #free(row: Row<State>): void {
    this.#waiting.delete(row);
    if (!this.#rows.delete(row)) return;
    this.#model.closeRow(row.state!);
    this.#emit();
    this.#wake();
  }

  #emit(): void {
    const status = this.status();
    for (const listener of this.#listeners) listener(status);
  }
}

function tooLong(positions: number, room: Room): EngineError {
  return new EngineError(
    "unsupported",
    `This may take up to ${positions} positions of the model's memory (prompt and frames), and all requests together may have ` +
      `${room.positions}. Shorten the text, ask for less with max_seconds, or allow more with --max-positions.`,
  );
}

function closedError(): EngineError {
  return new EngineError("closed", "The engine was closed. Start it again to speak.");
}
