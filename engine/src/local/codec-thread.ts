// The codec decoder in a thread of its own, so that it works while talker and predictor make the next frames: they
// wait for memory most of the time, the codec computes. In: frames of streams. Out: samples. The states of the streams
// live in the thread. Knows no requests.
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { EngineError } from "../engine-error.ts";
import { engineErrorOf } from "../host/failure.ts";
import type { Failure } from "../host/messages.ts";
import type { CodeFrame } from "../scheduler/speech-model.ts";

export type CodecThreadOptions = {
  /** Of the checkpoint. */
  folder: string;
  /** Default: as many as there are cores. */
  threads: number | undefined;
};

export type ToCodecThread =
  | { kind: "decode"; call: number; stream: number; frames: readonly CodeFrame[]; heard: boolean }
  | { kind: "closeStream"; stream: number }
  | { kind: "end" };

export type FromCodecThread =
  | { kind: "ready" }
  /** `samples` is empty for frames that nobody hears. */
  | { kind: "decoded"; call: number; samples: Float32Array; ms: number }
  | { kind: "failed"; call: number; failure: Failure }
  | { kind: "loadFailed"; failure: Failure };

export type Decoded = Extract<FromCodecThread, { kind: "decoded" }>;

type Waiting = { resolve: (decoded: Decoded) => void; reject: (error: Error) => void };

export class CodecThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #lastCall = 0;
  #lastStream = 0;
  #broken: Error | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on("message", (message: FromCodecThread) => this.#take(message));
    worker.on("error", (error) => this.#break(error));
    this.#ended = new Promise((resolve) => {
      worker.on("exit", () => {
        this.#break(new EngineError("closed", "The codec's thread has ended."));
        resolve();
      });
    });
    // Whoever forgets to close a model that has nothing to do shall still see the process end.
    worker.unref();
  }

  /** @throws EngineError if the checkpoint's codec cannot be loaded */
  static async start(options: CodecThreadOptions): Promise<CodecThread> {
    const url = new URL(`./codec-worker${extname(import.meta.url)}`, import.meta.url);
    const worker = new Worker(url, { workerData: options });
    await new Promise<void>((resolve, reject) => {
      worker.once("error", reject);
      worker.once("message", (message: FromCodecThread) => {
        worker.off("error", reject);
        if (message.kind === "loadFailed") reject(engineErrorOf(message.failure));
        else resolve();
      });
    });
    return new CodecThread(worker);
  }

  openStream(): number {
    return ++this.#lastStream;
  }

  /** The next frames of a stream; calls of one stream must wait for one another. */
  decode(stream: number, frames: readonly CodeFrame[]): Promise<Decoded> {
    return this.#call({ stream, frames, heard: true });
  }

  /** Frames that were heard elsewhere, for the stream to go on from. */
  prime(stream: number, frames: readonly CodeFrame[]): Promise<Decoded> {
    return this.#call({ stream, frames, heard: false });
  }

  closeStream(stream: number): void {
    this.#post({ kind: "closeStream", stream });
  }

  close(): Promise<void> {
    this.#worker.ref();
    this.#post({ kind: "end" });
    return this.#ended;
  }

  #call(work: Pick<ToCodecThread & { kind: "decode" }, "stream" | "frames" | "heard">) {
    return new Promise<Decoded>((resolve, reject) => {
      if (this.#broken) {
        reject(this.#broken);
        return;
      }
      const call = ++this.#lastCall;
      if (this.#waiting.size === 0) this.#worker.ref();
      this.#waiting.set(call, { resolve, reject });
      this.#post({ kind: "decode", call, ...work });
    });
  }

  #post(message: ToCodecThread): void {
    this.#worker.postMessage(message);
  }

  #take(message: FromCodecThread): void {
    if (message.kind !== "decoded" && message.kind !== "failed") return;
    const waiting = this.#waiting.get(message.call);
    this.#waiting.delete(message.call);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (message.kind === "decoded") waiting?.resolve(message);
    else waiting?.reject(engineErrorOf(message.failure));
  }

  #break(error: Error): void {
    this.#broken ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#broken);
    this.#waiting.clear();
  }
}
