// A worker thread that reads Japanese: text in, katakana out. A thread of its own, because loading the
// dictionary would hold up everybody's audio.
import { parentPort } from "node:worker_threads";
import { loadJapaneseReader } from "./japanese-reading.ts";

export type ReadingOrder = { id: number; text: string };
export type Reading = { id: number; katakana: string };

const port = parentPort;
if (!port) throw new Error("japanese-worker runs as a worker thread only");
const read = loadJapaneseReader();
port.on("message", ({ id, text }: ReadingOrder) => {
  port.postMessage({ id, katakana: read(text) } satisfies Reading);
});
