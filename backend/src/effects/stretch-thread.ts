// One worker thread seen from its owner: streams are opened on it, jobs run, and when it dies all
// that is pending rejects. Knows nothing of the other threads nor of the samples' meaning.
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { EngineError } from "qwen3-tts";
import { effectClosed, type EffectSettings } from "./effect.ts";
import type { FromStretchThread, StretchJob, ToStretchThread } from "./stretch-messages.ts";

type Waiter = { resolve: (samples: Float32Array) => void; reject: (error: Error) => void };

export class StretchThread {
  readonly #worker: Worker;
  /** The open streams, each with the one who waits for its job. */
  readonly #streams = new Map<number, Waiter | null>();
  #lastStream = 0;
  #reportedStreams = 0;
  /** Why it ended; set once it has. */
  #ended: EngineError | undefined;

  constructor(onEnd: (thread: StretchThread) => void) {
    const extension = extname(import.meta.url);
    this.#worker = new Worker(new URL(`./stretch-worker${extension}`, import.meta.url), {
      name: "effects",
    });
    let cause: unknown;
    this.#worker.on("message", (message: FromStretchThread) => this.#receive(message));
    this.#worker.on("error", (error) => (cause = error));
    this.#worker.on("exit", () => {
      const message = "The worker for speed and pitch stopped. Send the request again.";
      this.#end(new EngineError("crashed", message, { cause }));
      onEnd(this);
    });
  }

  /** Open streams as their owner counts them. */
  get load(): number {
    return this.#streams.size;
  }

  /** Streams that the worker held when it last said so. */
  get reportedStreams(): number {
    return this.#reportedStreams;
  }

  openStream(settings: EffectSettings): number {
    const stream = ++this.#lastStream;
    this.#streams.set(stream, null);
    this.#post({ kind: "open", stream, settings });
    return stream;
  }

  /** Run the stream's next job; the one before must have settled. The samples are moved away. */
  run(stream: number, job: StretchJob): Promise<Float32Array> {
    if (this.#ended) return Promise.reject(this.#ended);
    if (!this.#streams.has(stream)) return Promise.reject(effectClosed());
    return new Promise((resolve, reject) => {
      this.#streams.set(stream, { resolve, reject });
      this.#post({ kind: "job", stream, job }, job.kind === "push" ? [job.samples.buffer] : []);
    });
  }

  closeStream(stream: number): void {
    this.#streams.get(stream)?.reject(effectClosed());
    if (this.#streams.delete(stream)) this.#post({ kind: "close", stream });
  }

  /** End the worker; what is pending rejects with `closed`. */
  async terminate(): Promise<void> {
    this.#end(effectClosed());
    await this.#worker.terminate();
  }

  #receive(message: FromStretchThread): void {
    if (message.kind === "streams") {
      this.#reportedStreams = message.count;
      return;
    }
    const waiter = this.#streams.get(message.stream);
    if (!waiter) return; // closed meanwhile
    this.#streams.set(message.stream, null);
    waiter.resolve(message.samples);
  }

  #end(reason: EngineError): void {
    this.#ended ??= reason;
    for (const waiter of this.#streams.values()) waiter?.reject(this.#ended);
    this.#streams.clear();
  }

  #post(message: ToStretchThread, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}
