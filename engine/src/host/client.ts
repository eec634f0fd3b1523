// A SpeechEngine whose model runs in a process of its own. In: a module to run there and its options.
// Out: the same interface, and errors instead of a dead server. Loads at the first request, shares a
// load among all who wait, starts a dead host again. Knows no model.
import { isDeepStrictEqual } from "node:util";
import { EngineError } from "../engine-error.ts";
import type {
  EngineStatus,
  ModelStatus,
  SpeechEngine,
  SpeechEvent,
  SpeechRequest,
  VoicePrompt,
  WantedVoice,
} from "../speech-engine.ts";
import { SpeechStream } from "../speech-stream.ts";
import { engineErrorOf } from "./failure.ts";
import type { WireRequest } from "./messages.ts";
import { Supervisor, type HostReply } from "./supervisor.ts";

export type HostedEngineOptions = {
  /** For `EngineStatus.engine`. */
  engine: string;
  /** A module that exports `createEngine` (see HostedModule). */
  moduleUrl: URL;
  /** Goes to `createEngine`; a value that can be cloned. */
  moduleOptions: unknown;
  /** What `status()` shows while nothing is loaded. */
  model: Omit<ModelStatus, "state">;
  /** A host is hung when it owes a sign of life for longer. Default 10,000. */
  hangGraceMs?: number;
  /** Default 300,000. */
  loadTimeoutMs?: number;
  /** What the module gets to close itself before its process is killed. Default 2,000. */
  closeGraceMs?: number;
  /** Most private memory of the process, on Linux. Default: as much as there is. */
  memoryLimitBytes?: number;
  /** Pause before the next start after so many deaths in a row. Default: none, 0.25 s, doubled up to 10 s. */
  restartPauseMs?: (deaths: number) => number;
};

/** Below what one message may have. */
const mostVoiceBytes = 60_000_000;
/** Audio that a host may send ahead of its consumer. */
const windowSeconds = 1;

export type HostedEngine = SpeechEngine & {
  /** Load the model now instead of at the first request. @throws EngineError */
  load: () => Promise<void>;
  createVoice: NonNullable<SpeechEngine["createVoice"]>;
};

export function createHostedEngine(options: HostedEngineOptions): HostedEngine {
  return new SupervisedEngine(options);
}

const firstPauseMs = 250;
const longestPauseMs = 10_000;

/** The first restart is at once: most deaths are one request's fault. */
export function growingPauseMs(deaths: number): number {
  return deaths <= 1 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** (deaths - 2));
}

type VoiceWaiter = { resolve: (prompt: VoicePrompt) => void; reject: (error: EngineError) => void };
type Running = { stream: SpeechStream; pieces: AsyncIterator<string> | undefined };

class SupervisedEngine implements HostedEngine {
  readonly #options: HostedEngineOptions;
  readonly #supervisor: Supervisor;
  readonly #listeners = new Set<(status: EngineStatus) => void>();
  /** Requests that the present host has. */
  readonly #running = new Map<number, Running>();
  /** Who waits for a voice that the present host makes. */
  readonly #voices = new Map<number, VoiceWaiter>();
  #lastId = 0;
  #shown: EngineStatus;

  constructor(options: HostedEngineOptions) {
    this.#options = options;
    this.#supervisor = new Supervisor(
      {
        moduleUrl: options.moduleUrl,
        moduleOptions: options.moduleOptions,
        hangGraceMs: options.hangGraceMs ?? 10_000,
        loadTimeoutMs: options.loadTimeoutMs ?? 300_000,
        closeGraceMs: options.closeGraceMs ?? 2_000,
        memoryLimitBytes: options.memoryLimitBytes,
        restartPauseMs: options.restartPauseMs ?? growingPauseMs,
      },
      {
        changed: () => this.#changed(),
        reply: (reply) => this.#hear(reply),
        died: (error) => this.#failAll(error),
      },
    );
    this.#shown = this.status();
  }

  status(): EngineStatus {
    const { status: hosted, memoryBytes } = this.#supervisor;
    return {
      engine: this.#options.engine,
      models: hosted?.models.map((model) => withMemory(model, memoryBytes)) ?? [
        { ...this.#options.model, state: this.#supervisor.state },
      ],
      // A cancelled row is gone at once, though the host has yet to hear of it.
      activeRows: Math.min(hosted?.activeRows ?? 0, this.#running.size),
    };
  }

  onStatus(listener: (status: EngineStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  synthesize(request: SpeechRequest, signal: AbortSignal): AsyncIterable<SpeechEvent> {
    const id = (this.#lastId += 1);
    const stream: SpeechStream = new SpeechStream(signal, {
      open: () => {
        this.#open(id, request, stream).catch((error: unknown) => stream.fail(error as Error));
      },
      drink: (samples) => this.#supervisor.send({ kind: "drink", id, samples }),
      leave: () => this.#cancel(id),
    });
    return stream;
  }

  load(): Promise<void> {
    return this.#supervisor.ready();
  }

  async createVoice(
    samples: Float32Array,
    sampleRate: number,
    wanted: WantedVoice = {},
  ): Promise<VoicePrompt> {
    if (samples.byteLength > mostVoiceBytes) {
      const message = "The recording is too long to clone a voice from. Cut out 30 s of it.";
      throw new EngineError("unsupported", message);
    }
    const id = (this.#lastId += 1);
    do {
      await this.#supervisor.ready();
    } while (!this.#supervisor.send({ kind: "createVoice", id, samples, sampleRate, wanted }));
    return new Promise((resolve, reject) => this.#voices.set(id, { resolve, reject }));
  }

  async close(): Promise<void> {
    const closing = this.#supervisor.close();
    this.#failAll(new EngineError("closed", "The engine was closed. Start it again to speak."));
    await closing;
  }

  // A host may die between being ready and being used.
  async #open(id: number, request: SpeechRequest, stream: SpeechStream): Promise<void> {
    do {
      await this.#supervisor.ready();
      if (!stream.open) return;
    } while (!this.#send(id, request));
    const { text } = request;
    const pieces = text.kind === "incremental" ? text.pieces[Symbol.asyncIterator]() : undefined;
    this.#running.set(id, { stream, pieces });
  }

  #send(id: number, request: SpeechRequest): boolean {
    const { sampleRate } = this.status().models[0] ?? this.#options.model;
    return this.#supervisor.send({
      kind: "synthesize",
      id,
      request: wireRequest(request),
      windowSamples: Math.ceil(sampleRate * windowSeconds),
    });
  }

  #hear(reply: HostReply): void {
    if (this.#hearVoice(reply)) return;
    const running = this.#running.get(reply.id);
    if (!running) return; // it left, and the host has yet to hear of it
    switch (reply.kind) {
      case "wantText":
        void this.#sendText(reply.id, running);
        return;
      case "failed":
        this.#forget(reply.id);
        running.stream.fail(engineErrorOf(reply.failure));
        return;
      case "event":
        this.#pass(reply.id, reply.event, running.stream);
        return;
      case "voice":
        return; // heard above
      default:
        reply satisfies never;
    }
  }

  /** False: the reply is not about a voice. */
  #hearVoice(reply: HostReply): boolean {
    const waiter = this.#voices.get(reply.id);
    if (!waiter) return false;
    this.#voices.delete(reply.id);
    if (reply.kind === "voice") waiter.resolve(reply.prompt);
    if (reply.kind === "failed") waiter.reject(engineErrorOf(reply.failure));
    return true;
  }

  #pass(id: number, event: SpeechEvent, stream: SpeechStream): void {
    if (event.kind === "end") {
      this.#forget(id);
      stream.end(event.finishReason, event.stats);
    } else if (event.kind === "audio") {
      // A copy: these samples are a view of the bytes that came through the pipe.
      stream.push({ ...event, samples: event.samples.slice() });
    } else {
      stream.push(event);
    }
  }

  async #sendText(id: number, { stream, pieces }: Running): Promise<void> {
    try {
      const next = await pieces?.next();
      const piece = next?.done === false ? next.value : null;
      if (stream.open) this.#supervisor.send({ kind: "text", id, piece });
    } catch (error) {
      this.#cancel(id);
      stream.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #cancel(id: number): void {
    if (this.#forget(id)) this.#supervisor.send({ kind: "cancel", id });
  }

  #forget(id: number): boolean {
    const running = this.#running.get(id);
    if (!running) return false;
    this.#running.delete(id);
    // Not awaited: whoever writes the text may never answer.
    running.pieces?.return?.().catch(() => undefined);
    this.#changed();
    return true;
  }

  #failAll(error: EngineError): void {
    for (const [id, { stream }] of this.#running) {
      this.#forget(id);
      stream.fail(error);
    }
    for (const { reject } of this.#voices.values()) reject(error);
    this.#voices.clear();
  }

  #changed(): void {
    const status = this.status();
    if (isDeepStrictEqual(status, this.#shown)) return;
    this.#shown = status;
    for (const listener of this.#listeners) listener(status);
  }
}

function withMemory(model: ModelStatus, memoryBytes: number | undefined): ModelStatus {
  return memoryBytes === undefined ? model : { ...model, memoryBytes };
}

function wireRequest(request: SpeechRequest): WireRequest {
  const { text } = request;
  return { ...request, text: text.kind === "whole" ? text : { kind: "incremental" } };
}
