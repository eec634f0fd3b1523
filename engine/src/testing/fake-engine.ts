// A deterministic engine for tests: tones instead of speech, made in steps as the real scheduler makes
// them. In: requests, whose text may hold directives (see fake-voice.ts). Out: events, and what a test
// wants to see and steer: plans, rows, holds. A step costs the same for any number of rows.
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { EngineError } from "../engine-error.ts";
import type { EngineHost } from "../host/engine-host.ts";
import type {
  EngineStatus,
  ModelState,
  SpeechEngine,
  SpeechEvent,
  SpeechRequest,
} from "../speech-engine.ts";
import { SpeechStream } from "../speech-stream.ts";
import { refusal, FakeRow } from "./fake-row.ts";
import { fakeLanguages, fakeSampleRate, fakeSpeakers } from "./fake-voice.ts";

export type FakeEngineOptions = {
  /** Requests advanced at once; more wait inside. Default 4. */
  rows?: number;
  /** What a step costs; 0 (default) is as fast as the event loop allows. */
  stepMs?: number;
  /** Given: the model is idle until the first request and then takes so long to load. */
  loadMs?: number;
  /** Frames a row makes ahead of its consumer before it is parked. Default 25. */
  aheadFrames?: number;
  /** Default true. */
  honoursInstruct?: boolean;
};

/** What surrounds the engine: the event loop of a test, or the compute thread of a host. */
export type FakeWorld = EngineHost & {
  step: (stepMs: number) => Promise<void>;
  /** Do what the directive says; "stuck" leaves the row unfinished for ever. */
  fault: (name: string) => "continue" | "stuck";
};

export type FakeEngine = SpeechEngine & {
  /** Steps planned so far. */
  readonly steps: number;
  /** The last 1,000 plans: the numbers of the rows (1 is the first request) in each step. */
  readonly plans: readonly (readonly number[])[];
  readonly activeRows: number;
  /** Requests that got a row, and rows that were freed, for whatever reason. */
  readonly started: number;
  readonly finished: number;
  /** Let every row that waits at a `[wait N]` go on. */
  release: () => void;
  /** Resolves when at least `rows` (default 1) rows wait at a `[wait N]`. */
  waitForHeld: (rows?: number) => Promise<void>;
};

const plansKept = 1000;

export function createFakeEngine(
  options: FakeEngineOptions = {},
  world: FakeWorld = inProcess,
): FakeEngine {
  return new StepEngine(options, world);
}

const inProcess: FakeWorld = {
  beforeStep: () => undefined,
  planned: () => undefined,
  stepDone: () => undefined,
  step: (stepMs) => (stepMs === 0 ? nextTurn() : sleep(stepMs)),
  fault: (name) => {
    if (name === "crash") throw new EngineError("crashed", "The fake was told to crash.");
    if (name === "oom") throw new EngineError("out_of_memory", "The fake was told to run out.");
    return name === "hang" ? "stuck" : "continue";
  },
};

class StepEngine implements FakeEngine {
  readonly plans: number[][] = [];
  steps = 0;
  started = 0;
  finished = 0;
  readonly #options: Required<Omit<FakeEngineOptions, "loadMs">>;
  readonly #world: FakeWorld;
  readonly #loadMs: number;
  readonly #listeners = new Set<(status: EngineStatus) => void>();
  readonly #rows = new Set<FakeRow>();
  readonly #waiting = new Set<FakeRow>();
  readonly #heldWaiters = new Set<{ rows: number; resolve: () => void }>();
  #state: ModelState;
  #loadTimer: NodeJS.Timeout | undefined;
  #requests = 0;
  #running = false;
  #closed = false;

  constructor(options: FakeEngineOptions, world: FakeWorld) {
    const { loadMs, ...rest } = options;
    this.#options = { rows: 4, stepMs: 0, aheadFrames: 25, honoursInstruct: true, ...rest };
    this.#loadMs = loadMs ?? 0;
    this.#state = { kind: loadMs === undefined ? "ready" : "idle" };
    this.#world = world;
  }

  get activeRows(): number {
    return this.#rows.size;
  }

  status(): EngineStatus {
    return {
      engine: "fake",
      models: [
        {
          id: "fake",
          label: "Fake voice",
          variant: null,
          size: null,
          state: this.#state,
          sampleRate: fakeSampleRate,
          speakers: [...fakeSpeakers],
          languages: [...fakeLanguages],
          instruct: this.#options.honoursInstruct
            ? { honoured: true }
            : { honoured: false, reason: "This fake takes no instructions. Leave them out." },
          sampling: { honoured: true },
          clone: { honoured: false, reason: "The fake clones no voices." },
          design: { honoured: false, reason: "The fake designs no voices." },
          rows: this.#options.rows,
        },
      ],
      activeRows: this.#rows.size,
    };
  }

  onStatus(listener: (status: EngineStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  synthesize(request: SpeechRequest, signal: AbortSignal): AsyncIterable<SpeechEvent> {
    const stream: SpeechStream = new SpeechStream(signal, {
      open: () => {
        row = this.#open(request, stream);
      },
      drink: () => {
        row?.drink();
        this.#wake();
      },
      leave: () => row && this.#free(row),
    });
    let row: FakeRow | undefined;
    return stream;
  }

  release(): void {
    for (const row of this.#rows) row.release();
    this.#wake();
  }

  waitForHeld(rows = 1): Promise<void> {
    return new Promise((resolve) => {
      this.#heldWaiters.add({ rows, resolve });
      this.#tellHeld();
    });
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    clearTimeout(this.#loadTimer);
    for (const row of [...this.#waiting, ...this.#rows]) this.#fail(row, closedError());
    this.#setState({ kind: "absent", reason: "The engine was closed." });
    return Promise.resolve();
  }

  #open(request: SpeechRequest, stream: SpeechStream): FakeRow | undefined {
    const error = this.#closed
      ? closedError()
      : refusal(request, { instruct: this.#options.honoursInstruct });
    if (error) {
      stream.fail(error);
      return undefined;
    }
    const row = new FakeRow((this.#requests += 1), request, stream);
    this.#waiting.add(row);
    row.readText({ more: () => this.#wake(), failed: (error) => this.#fail(row, error) });
    if (this.#state.kind === "idle") this.#load();
    this.#wake();
    return row;
  }

  #load(): void {
    this.#setState({ kind: "loading" });
    this.#loadTimer = setTimeout(() => {
      this.#setState({ kind: "ready" });
      this.#wake();
    }, this.#loadMs);
  }

  #wake(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#loop();
  }

  // A turn of the event loop first, so that requests that came together share their first plan.
  async #loop(): Promise<void> {
    await nextTurn();
    for (let plan = this.#plan(); plan.length > 0; plan = this.#plan()) {
      this.#world.planned(this.#options.stepMs);
      await this.#world.step(this.#options.stepMs);
      for (const row of plan) if (this.#rows.has(row)) this.#advance(row);
      this.#world.stepDone();
    }
  }

  /** Admit, then choose the rows of the next step. None: the loop ends, and the next wake starts it. */
  #plan(): FakeRow[] {
    this.#world.beforeStep();
    this.#admit();
    this.#tellHeld();
    const plan = [...this.#rows].filter((row) => row.canStep(this.#options.aheadFrames));
    this.#running = plan.length > 0;
    if (!this.#running) return plan;
    this.steps += 1;
    this.plans.push(plan.map((row) => row.number));
    if (this.plans.length > plansKept) this.plans.shift();
    return plan;
  }

  #admit(): void {
    if (this.#state.kind !== "ready") return;
    for (const row of this.#waiting) {
      if (this.#rows.size >= this.#options.rows) return;
      this.#waiting.delete(row);
      this.#rows.add(row);
      this.started += 1;
      row.begin();
      this.#emit();
    }
  }

  #advance(row: FakeRow): void {
    try {
      if (row.advance((name) => this.#world.fault(name)) === "finished") this.#free(row);
    } catch (error) {
      this.#fail(row, error instanceof Error ? error : new Error(String(error)));
    }
  }

  #fail(row: FakeRow, error: Error): void {
    row.stream.fail(error);
    this.#free(row);
  }

  #free(row: FakeRow): void {
    this.#waiting.delete(row);
    if (!this.#rows.delete(row)) return;
    this.finished += 1;
    this.#emit();
    this.#wake();
  }

  #tellHeld(): void {
    const held = [...this.#rows].filter((row) => row.held).length;
    for (const waiter of this.#heldWaiters) {
      if (held < waiter.rows) continue;
      this.#heldWaiters.delete(waiter);
      waiter.resolve();
    }
  }

  #setState(state: ModelState): void {
    this.#state = state;
    this.#emit();
  }

  #emit(): void {
    const status = this.status();
    for (const listener of this.#listeners) listener(status);
  }
}

function closedError(): EngineError {
  return new EngineError("closed", "The engine was closed. Start it again to speak.");
}
