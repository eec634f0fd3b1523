// The preview voice behind the engine interface. In: speech requests. Out: events, made by the program
// in preview-voice/, which is started with the engine and again whenever it has died. Without that
// program the engine is there all the same and says what is missing.
import { existsSync } from "node:fs";
import {
  EngineError,
  SpeechStream,
  type EngineStatus,
  type ModelState,
  type SpeechEngine,
  type SpeechEvent,
  type SpeechRequest,
} from "qwen3-tts";
import { previewModel } from "./preview-model.ts";
import { PreviewProcess, type PreviewCommand, type PreviewHandlers } from "./preview-process.ts";
import { PreviewRow, refusal } from "./preview-row.ts";

export type PreviewEngineOptions = {
  /** Path of the program, see `previewProgramPath`. */
  program: string;
  logger: { warn: (details: object, message: string) => void };
};

export type PreviewEngine = SpeechEngine & {
  /** Of the program while it runs. */
  readonly pid: number | undefined;
};

/** A program that lived shorter than this is not started again at once. */
const youngMs = 10_000;
const firstPauseMs = 250;
const longestPauseMs = 30_000;

const missing =
  "The preview voice is not installed: the folder preview-voice is missing or not built. Put it " +
  "back and run `npm run build`, or use another engine.";

export function createPreviewEngine(options: PreviewEngineOptions): PreviewEngine {
  const engine = new ProgramEngine(options);
  engine.start();
  return engine;
}

class ProgramEngine implements PreviewEngine {
  readonly #options: PreviewEngineOptions;
  readonly #listeners = new Set<(status: EngineStatus) => void>();
  readonly #rows = new Map<number, PreviewRow>();
  #process: PreviewProcess | null = null;
  #state: ModelState = { kind: "loading" };
  #startedAt = 0;
  #pauseMs = 0;
  #restart: NodeJS.Timeout | undefined;
  #lastId = 0;
  #closed = false;

  constructor(options: PreviewEngineOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  status(): EngineStatus {
    return {
      engine: "preview",
      models: [previewModel(this.#state)],
      activeRows: this.#rows.size,
    };
  }

  onStatus(listener: (status: EngineStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  synthesize(request: SpeechRequest, signal: AbortSignal): AsyncIterable<SpeechEvent> {
    const id = ++this.#lastId;
    const stream: SpeechStream = new SpeechStream(signal, {
      open: () => this.#open(id, request, stream),
      drink: (samples) => this.#rows.get(id)?.drink(samples),
      leave: () => {
        this.#rows.get(id)?.cancel();
        this.#free(id);
      },
    });
    return stream;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#restart);
    this.#failAll(closedError());
    const process = this.#process;
    this.#process = null;
    await process?.kill();
    this.#setState({ kind: "absent", reason: "The engine was closed." });
  }

  start(): void {
    clearTimeout(this.#restart);
    if (this.#process !== null || this.#closed) return;
    if (!existsSync(this.#options.program)) {
      this.#setState({ kind: "absent", reason: missing });
      return;
    }
    this.#startedAt = Date.now();
    this.#setState({ kind: "loading" });
    this.#process = new PreviewProcess(this.#options.program, this.#handlers());
  }

  #open(id: number, request: SpeechRequest, stream: SpeechStream): void {
    const error = this.#closed ? closedError() : refusal(request, this.status().models[0]!);
    if (error) {
      stream.fail(error);
      return;
    }
    this.start();
    const process = this.#process;
    if (process === null) {
      stream.fail(new EngineError("not_ready", missing));
      return;
    }
    const send = (command: PreviewCommand): void => process.send(command);
    const row = new PreviewRow(id, { request, stream, send });
    this.#rows.set(id, row);
    this.#emit();
    row.begin(() => this.#free(id));
  }

  #handlers(): PreviewHandlers {
    return {
      onReady: () => this.#setState({ kind: "ready" }),
      onAudio: (id, samples) => this.#rows.get(id)?.add(samples),
      onEnd: (id) => this.#rows.get(id)?.finish("stop"),
      onError: (id, message) => {
        this.#options.logger.warn({ message }, "the preview voice refused a request");
        this.#rows.get(id)?.fail(new EngineError("internal", "The preview voice failed."));
      },
      onExit: (cause) => this.#ended(cause),
    };
  }

  #ended(cause: string): void {
    if (this.#closed) return;
    this.#process = null;
    this.#options.logger.warn({ cause }, "the preview voice stopped and is started again");
    const message = "The preview voice stopped while it spoke. Send the request again.";
    this.#failAll(new EngineError("crashed", message));
    const young = Date.now() - this.#startedAt < youngMs;
    const pauseMs = young ? this.#pauseMs : 0;
    this.#pauseMs = young ? Math.min(longestPauseMs, Math.max(firstPauseMs, 2 * pauseMs)) : 0;
    const reason = `The preview voice does not start (${cause}). It is tried again at each request.`;
    this.#setState(pauseMs > 0 ? { kind: "failed", reason } : { kind: "loading" });
    this.#restart = setTimeout(() => this.start(), pauseMs);
  }

  #failAll(error: EngineError): void {
    for (const row of [...this.#rows.values()]) row.fail(error);
  }

  #free(id: number): void {
    if (this.#rows.delete(id)) this.#emit();
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
  return new EngineError("closed", "The engine was closed. Start the server again to speak.");
}
