// Keeps one host alive: loads it when it is needed, watches it, starts it again when it died. In: calls
// for a ready host and commands for it. Out: its replies, its state, its deaths. Knows nothing of
// requests, but that one that ends well proves the host sound.
import { EngineError } from "../engine-error.ts";
import type { EngineStatus, ModelState, SpeechEvent } from "../speech-engine.ts";
import { engineErrorOf, loadFailureOf } from "./failure.ts";
import { startHostProcess, type HostProcess } from "./host-process.ts";
import type { Command, Failure, FromHost, Reply } from "./messages.ts";
import { Watchdog } from "./watchdog.ts";

export type SupervisorOptions = {
  moduleUrl: URL;
  moduleOptions: unknown;
  hangGraceMs: number;
  loadTimeoutMs: number;
  closeGraceMs: number;
  memoryLimitBytes: number | undefined;
  restartPauseMs: (deaths: number) => number;
};

export type SupervisorListener = {
  /** `state` or `status` changed. */
  changed: () => void;
  reply: (reply: HostReply) => void;
  /** A ready host died: what it had to do has failed with this. */
  died: (error: EngineError) => void;
};

/** Replies that are about requests. */
export type HostReply = Extract<Reply, { kind: "event" | "failed" | "wantText" | "voice" }>;

type Deferred = { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void };

type Phase =
  | { kind: "idle" }
  | { kind: "failed"; reason: string }
  | { kind: "pausing"; loading: Deferred; timer: NodeJS.Timeout }
  | { kind: "loading"; loading: Deferred; timer: NodeJS.Timeout; host: HostProcess }
  | { kind: "ready"; host: HostProcess; watchdog: Watchdog; status: EngineStatus }
  | { kind: "closed" };

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #listener: SupervisorListener;
  #phase: Phase = { kind: "idle" };
  #memoryBytes = 0;
  /** In a row, without a request that ended well in between. */
  #deaths = 0;
  /** Processes that have not ended yet, with what waits for their end. */
  readonly #processes = new Map<HostProcess, Promise<void>>();
  #closing: Promise<void> | undefined;

  constructor(options: SupervisorOptions, listener: SupervisorListener) {
    this.#options = options;
    this.#listener = listener;
  }

  get state(): ModelState {
    const phase = this.#phase;
    if (phase.kind === "failed") return { kind: "failed", reason: phase.reason };
    if (phase.kind === "closed") return { kind: "absent", reason: "The engine was closed." };
    return { kind: phase.kind === "pausing" ? "loading" : phase.kind };
  }

  /** The hosted engine's own, while there is one. */
  get status(): EngineStatus | undefined {
    return this.#phase.kind === "ready" ? this.#phase.status : undefined;
  }

  /** Resolves when a host is ready, which is loaded if need be. @throws EngineError */
  ready(): Promise<void> {
    const phase = this.#phase;
    switch (phase.kind) {
      case "ready":
        return Promise.resolve();
      case "closed":
        return Promise.reject(closedError());
      case "pausing":
      case "loading":
        return phase.loading.promise;
      case "idle":
      case "failed":
        return this.#load(deferred());
    }
  }

  /** What the ready host's process has, by mebibytes. */
  get memoryBytes(): number | undefined {
    return this.#phase.kind === "ready" ? this.#memoryBytes : undefined;
  }

  /** False: there is no host now, and the command went nowhere. */
  send(command: Command): boolean {
    if (this.#phase.kind !== "ready") return false;
    this.#phase.host.send(command);
    return true;
  }

  /** Ends the host, by force if it does not go by itself; resolves when its process is gone. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const phase = this.#phase;
    this.#enter({ kind: "closed" });
    if (phase.kind === "ready") {
      phase.watchdog.stop();
      phase.host.send({ kind: "close" });
    }
    if (phase.kind === "pausing" || phase.kind === "loading") {
      clearTimeout(phase.timer);
      phase.loading.reject(closedError());
    }
    const graceMs = phase.kind === "ready" ? this.#options.closeGraceMs : 0;
    const timer = setTimeout(() => {
      for (const host of this.#processes.keys()) host.kill();
    }, graceMs);
    await Promise.all(this.#processes.values());
    clearTimeout(timer);
  }

  #load(loading: Deferred): Promise<void> {
    const { loadTimeoutMs, moduleUrl, moduleOptions } = this.#options;
    const host = this.#start();
    const timer = setTimeout(() => {
      const message = `The model was not loaded within ${loadTimeoutMs / 1000} s.`;
      host.kill({ code: "not_ready", message, detail: message });
    }, loadTimeoutMs);
    this.#enter({ kind: "loading", loading, timer, host });
    host.send({ kind: "load", moduleUrl: moduleUrl.href, options: moduleOptions });
    return loading.promise;
  }

  #start(): HostProcess {
    const { promise, resolve } = deferred();
    const host: HostProcess = startHostProcess(this.#options.memoryLimitBytes, {
      message: (message) => this.#hear(host, message),
      ended: (failure) => {
        this.#processes.delete(host);
        this.#bury(host, failure);
        resolve();
      },
    });
    this.#processes.set(host, promise);
    return host;
  }

  #hear(host: HostProcess, message: FromHost): void {
    const phase = this.#phase;
    if (!("host" in phase) || phase.host !== host) return;
    switch (message.kind) {
      case "ready":
        if (phase.kind === "loading") this.#welcome(phase, message.status);
        return;
      case "loadFailed":
        host.kill(message.failure);
        return;
      case "status":
        if (phase.kind === "ready") this.#enter({ ...phase, status: message.status });
        return;
      case "pong":
        if (phase.kind === "ready") phase.watchdog.pong(message.id, message.overdueMs);
        return;
      case "event":
        if (endedWell(message.event)) this.#deaths = 0;
        this.#listener.reply(message);
        return;
      case "memory":
        this.#memoryBytes = Math.ceil(message.bytes / mebibyte) * mebibyte;
        if (phase.kind === "ready") this.#listener.changed();
        return;
      case "failed":
      case "wantText":
      case "voice":
        this.#listener.reply(message);
        return;
      case "closed":
      case "computeDied":
        return; // the end of the process says it
      default:
        message satisfies never;
    }
  }

  #welcome(phase: Extract<Phase, { kind: "loading" }>, status: EngineStatus): void {
    const { host, loading, timer } = phase;
    clearTimeout(timer);
    const watchdog = new Watchdog({
      graceMs: this.#options.hangGraceMs,
      ping: (id) => host.send({ kind: "ping", id }),
      hung: (detail) => host.kill({ code: "hung", message: hungMessage, detail }),
    });
    this.#enter({ kind: "ready", host, watchdog, status });
    loading.resolve();
  }

  #bury(host: HostProcess, failure: Failure): void {
    const phase = this.#phase;
    if (!("host" in phase) || phase.host !== host) return;
    if (phase.kind === "loading") {
      clearTimeout(phase.timer);
      const loadFailure = loadFailureOf(failure);
      this.#enter({ kind: "failed", reason: loadFailure.message });
      phase.loading.reject(engineErrorOf(loadFailure));
      return;
    }
    phase.watchdog.stop();
    this.#deaths += 1;
    this.#restart();
    this.#listener.died(engineErrorOf(failure));
  }

  #restart(): void {
    const loading = deferred();
    const timer = setTimeout(
      () => void this.#load(loading),
      this.#options.restartPauseMs(this.#deaths),
    );
    this.#enter({ kind: "pausing", loading, timer });
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#listener.changed();
  }
}

const mebibyte = 2 ** 20;

const hungMessage =
  "The model made no progress and was stopped. It is started again: send the request again.";

function closedError(): EngineError {
  return new EngineError("closed", "The engine was closed. Start it again to speak.");
}

function endedWell(event: SpeechEvent): boolean {
  return event.kind === "end" && event.finishReason !== "cancelled";
}

function deferred(): Deferred {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  promise.catch(() => undefined); // nobody may be waiting: the state tells of it too
  return { promise, resolve, reject };
}
