// A synthesis thread: jobs in, audio out as eSpeak NG makes it. eSpeak NG speaks synchronously, so that
// a cancel reaches it through shared memory, at its next piece of 100 ms. An error ends the thread: nobody
// knows what state it leaves eSpeak NG in.
import { parentPort, workerData } from "node:worker_threads";
import { Espeak, sampleRate } from "./espeak.ts";
import type { FromSynthesis, SynthesisData, SynthesisJob } from "./synthesis-messages.ts";

const { flag } = workerData as SynthesisData;
const port = parentPort!;

function tell(message: FromSynthesis, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function run(espeak: Espeak, { job, ssml, voice, pauseMs }: SynthesisJob): void {
  let stopped = Atomics.load(flag, 0) === job;
  const send = (samples: Int16Array<ArrayBuffer>): void => {
    tell({ kind: "audio", job, samples }, [samples.buffer]);
  };
  if (!stopped) {
    espeak.speak(ssml, voice, (samples) => {
      stopped = Atomics.load(flag, 0) === job;
      if (!stopped) send(samples);
      return stopped;
    });
  }
  if (pauseMs > 0 && !stopped) send(new Int16Array(Math.round((pauseMs * sampleRate) / 1000)));
  tell({ kind: "done", job, stopped });
}

/** V8 compiles on first use, which would cost the first request 0.1 s. A third sentence made that no less. */
const warmUpText = "Good morning. Is it 12 already?";
const warmUpVoice = { name: "en-us", wordsPerMinute: 150, pitch: 50, range: 50 };

const espeak = await Espeak.load();
espeak.speak(warmUpText, warmUpVoice, () => false);
port.on("message", (job: SynthesisJob) => run(espeak, job));
tell({ kind: "ready" });
