// The codec decoder in a thread of its own, so that it works while talker and predictor make the next frames: they
// wait for memory most of the time, the codec computes. In: frames of streams. Out: samples. The states of the streams
// live in the thread. Knows no requests.
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { EngineError } from "../engine-error.ts";
import { engineErrorOf, fatalFailureOf } from "../host/failure.ts";
import type { Failure } from "../host/messages.ts";
import type { Device } from "../runtime/device.ts";
import type { CodeFrame, DecodeCall } from "../scheduler/speech-model.ts";

export type CodecThreadOptions = {
  /** Of the checkpoint. */
  folder: string;
  /** Default: as many as there are cores. */
  threads: number | undefined;
  /** Default: the processor. */
  device?: Device;
};

export type CodecWork = {
  stream: number;
  frames: readonly CodeFrame[];
  heard: boolean;
  /** Of calls that wait the one that is due first comes first, by any clock of the callers. */
  dueMs: number;
  /** No step runs beside it. */
  alone: boolean;
};

export type ToCodecThread =
  | { kind: "decode"; call: number; work: CodecWork }
  | { kind: "closeStream"; stream: number }
  | { kind: "end" };

export type FromCodecThread =
  | { kind: "ready" }
  /** `samples` is empty for frames that nobody hears. */
  | { kind: "decoded"; call: number; samples: Float32Array; ms: number }
  | { kind: "failed"; call: number; failure: Failure }
  | { kind: "loadFailed"; failure: Failure };

export type Decoded = Extract<FromCodecThread, { kind: "decoded" }>;

type Waiting<Result> = { resolve: (result: Result) => void; reject: (error: Error) => void };

/** A thread that died is followed by another when the next stream opens; its streams are lost. */
export class CodecThread {
  readonly #options: CodecThreadOptions;
  readonly #waiting = new Map<number, Waiting<Decoded>>();
  /** Streams whose states are, or are to be, in the thread. */
  readonly #streams = new Set<number>();
  #worker: Worker | undefined;
  #loading: Waiting<void> | undefined;
  #exited: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;
  /** Why a thread died that streams were in. */
  #lost: EngineError | undefined;
  #lastCall = 0;
  #lastStream = 0;

  private constructor(options: CodecThreadOptions) {
    this.#options = options;
  }

  /** @throws EngineError if the checkpoint's codec cannot be loaded */
  static async start(options: CodecThreadOptions): Promise<CodecThread> {
    const thread = new CodecThread(options);
    const worker = thread.#begin();
    await new Promise<void>((resolve, reject) => (thread.#loading = { resolve, reject }));
    // Whoever forgets to close a model that has nothing to do shall still see the process end.
    worker.unref();
    return thread;
  }

  openStream(): number {
    if (!this.#worker && !this.#closed) this.#begin().unref();
    const stream = ++this.#lastStream;
    this.#streams.add(stream);
    return stream;
  }

  /** The next frames of a stream; calls of one stream must wait for one another. */
  decode(
    stream: number,
    frames: readonly CodeFrame[],
    { dueMs, alone = false }: DecodeCall,
  ): Promise<Decoded> {
    return this.#call({ stream, frames, heard: true, dueMs, alone });
  }

  /** Frames that were heard elsewhere, for the stream to go on from. */
  prime(stream: number, frames: readonly CodeFrame[], dueMs: number): Promise<Decoded> {
    return this.#call({ stream, frames, heard: false, dueMs, alone: false });
  }

  closeStream(stream: number): void {
    if (this.#streams.delete(stream)) this.#post({ kind: "closeStream", stream });
  }

  /** Calls that wait are answered before. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  #end(): Promise<void> {
    this.#streams.clear();
    this.#worker?.ref();
    this.#post({ kind: "end" });
    return this.#exited;
  }

  #call(work: CodecWork) {
    return new Promise<Decoded>((resolve, reject) => {
      // A call behind the stream's end would make it anew in the thread, for ever.
      if (!this.#streams.has(work.stream)) {
        reject(this.#lost ?? new EngineError("closed", "The stream was closed."));
        return;
      }
      const call = ++this.#lastCall;
      this.#worker?.ref();
      this.#waiting.set(call, { resolve, reject });
      this.#post({ kind: "decode", call, work });
    });
  }

  #post(message: ToCodecThread): void {
    this.#worker?.postMessage(message);
  }

  #begin(): Worker {
    const url = new URL(`./codec-worker${extname(import.meta.url)}`, import.meta.url);
    const worker = new Worker(url, { workerData: this.#options });
    let end: unknown = new Error("The codec's thread has ended.");
    worker.on("message", (message: FromCodecThread) => this.#take(message));
    worker.on("error", (error) => (end = error));
    this.#exited = new Promise((resolve) => {
      worker.on("exit", () => {
        this.#worker = undefined;
        this.#lose(engineErrorOf(fatalFailureOf(end)));
        resolve();
      });
    });
    this.#worker = worker;
    return worker;
  }

  #take(message: FromCodecThread): void {
    switch (message.kind) {
      case "ready":
        this.#loading?.resolve();
        return;
      case "loadFailed":
        this.#lose(engineErrorOf(message.failure));
        return;
      case "decoded":
        this.#waiting.get(message.call)?.resolve(message);
        this.#answered(message.call);
        return;
      case "failed":
        this.#waiting.get(message.call)?.reject(engineErrorOf(message.failure));
        this.#answered(message.call);
        return;
      default:
        message satisfies never;
    }
  }

  #answered(call: number): void {
    this.#waiting.delete(call);
    if (this.#waiting.size === 0 && !this.#closed) this.#worker?.unref();
  }

  #lose(error: EngineError): void {
    if (!this.#closed) this.#lost = error;
    this.#loading?.reject(error);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#streams.clear();
  }
}
