// Reads Japanese in a thread that starts when the first Japanese text comes. In: text. Out: katakana.
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Reading, ReadingOrder } from "./japanese-worker.ts";

type Pending = { resolve: (katakana: string) => void; reject: (error: Error) => void };

export class JapaneseThread {
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #lastId = 0;

  /** The text in katakana, as it is pronounced. @throws Error when the dictionary cannot be loaded */
  read(text: string): Promise<string> {
    this.#worker ??= this.#start();
    const order: ReadingOrder = { id: ++this.#lastId, text };
    this.#worker.postMessage(order);
    return new Promise((resolve, reject) => this.#pending.set(order.id, { resolve, reject }));
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const file = new URL(`./japanese-worker${extname(import.meta.url)}`, import.meta.url);
    const worker = new Worker(file);
    let failure = "the thread that reads Japanese ended";
    worker.on("message", ({ id, katakana }: Reading) => {
      this.#pending.get(id)?.resolve(katakana);
      this.#pending.delete(id);
    });
    worker.on("error", (error) => (failure = String(error)));
    worker.once("exit", () => {
      this.#worker = undefined;
      for (const { reject } of this.#pending.values()) reject(new Error(failure));
      this.#pending.clear();
    });
    return worker;
  }
}
