// One synthesis thread as the program sees it: free or busy with one job, which can be stopped.
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { FromSynthesis, SynthesisData, SynthesisJob } from "./synthesis-messages.ts";

export type SegmentResult =
  | { kind: "spoken" }
  | { kind: "stopped" }
  | { kind: "failed"; message: string };

export type JobHandlers = {
  onAudio: (samples: Int16Array<ArrayBuffer>) => void;
  /** The thread is free again. */
  onDone: (result: SegmentResult) => void;
};

export class SynthesisThread {
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #flag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #lastJob = 0;
  #running: JobHandlers | null = null;
  #loaded = false;

  /** @param onExit the thread has died; its job, if any, has been told */
  constructor(onExit: () => void) {
    const url = new URL(`./synthesis-worker${extname(import.meta.url)}`, import.meta.url);
    const workerData: SynthesisData = { flag: this.#flag };
    this.#worker = new Worker(url, { workerData, name: "synthesis" });
    this.ready = new Promise((resolve, reject) => {
      this.#worker.on("message", (message: FromSynthesis) => {
        if (message.kind === "ready") {
          this.#loaded = true;
          resolve();
        } else this.#receive(message);
      });
      let message = "The synthesis thread ended.";
      this.#worker.on("error", (error) => (message = String(error)));
      this.#worker.on("exit", () => {
        reject(new Error(message));
        this.#finish({ kind: "failed", message });
        onExit();
      });
    });
    this.ready.catch(() => undefined); // told by onExit
  }

  /** It speaks at once. */
  get loaded(): boolean {
    return this.#loaded;
  }

  get busy(): boolean {
    return this.#running !== null;
  }

  /** Told to stop its job, and not done with it yet. */
  get stopping(): boolean {
    return this.busy && Atomics.load(this.#flag, 0) === this.#lastJob;
  }

  /** Must be free. */
  run(job: Omit<SynthesisJob, "job">, handlers: JobHandlers): void {
    this.#running = handlers;
    this.#worker.postMessage({ ...job, job: ++this.#lastJob } satisfies SynthesisJob);
  }

  /** Stop the running job at eSpeak NG's next piece; `onDone` follows. */
  stop(): void {
    Atomics.store(this.#flag, 0, this.#lastJob);
  }

  #receive(message: Exclude<FromSynthesis, { kind: "ready" }>): void {
    if (message.kind === "audio") this.#running?.onAudio(message.samples);
    else this.#finish({ kind: message.stopped ? "stopped" : "spoken" });
  }

  #finish(result: SegmentResult): void {
    const running = this.#running;
    this.#running = null;
    running?.onDone(result);
  }
}
