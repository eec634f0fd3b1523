// The worker thread of speed and pitch: jobs of many streams in, their output out, one job after
// another in the order of arrival. An exception here ends the thread on purpose: its owner then
// fails the streams that it held and starts another.
import { parentPort } from "node:worker_threads";
import type { FromStretchThread, StretchJob, ToStretchThread } from "./stretch-messages.ts";
import { createStretcher, type Stretcher } from "./stretcher.ts";

const port = parentPort!;
const streams = new Map<number, Promise<Stretcher>>();

port.on("message", (message: ToStretchThread) => {
  switch (message.kind) {
    case "open":
      streams.set(message.stream, createStretcher(message.settings));
      reply({ kind: "streams", count: streams.size });
      return;
    case "job":
      void runJob(message.stream, message.job);
      return;
    case "close":
      streams.delete(message.stream);
      reply({ kind: "streams", count: streams.size });
      return;
    default:
      message satisfies never;
  }
});

async function runJob(stream: number, job: StretchJob): Promise<void> {
  const stretcher = await streams.get(stream);
  if (!stretcher || !streams.has(stream)) return; // closed meanwhile: nobody waits
  const samples = job.kind === "push" ? stretcher.push(job.samples) : stretcher.flush();
  reply({ kind: "output", stream, samples }, [samples.buffer]);
}

function reply(message: FromStretchThread, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}
