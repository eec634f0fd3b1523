// Speed and pitch as an Effect: one stream on a worker thread. Cuts long pushes into short jobs, so
// that the streams which share the thread take turns.
import { effectClosed, noSamples, type Effect, type EffectSettings } from "./effect.ts";
import type { StretchThread } from "./stretch-thread.ts";

/** Longest job, of input: 50 ms of work at the slowest speed and the highest pitch. */
const maxJobSeconds = 0.5;

export function createStretchEffect(thread: StretchThread, settings: EffectSettings): Effect {
  const stream = thread.openStream(settings);
  const jobSamples = Math.round(settings.sampleRate * maxJobSeconds);
  let lastTurn: Promise<unknown> = Promise.resolve();
  let closed = false;

  const pushInJobs = async (samples: Float32Array): Promise<Float32Array> => {
    const outputs: Float32Array[] = [];
    for (let at = 0; at < samples.length; at += jobSamples) {
      const piece = new Float32Array(samples.subarray(at, at + jobSamples));
      outputs.push(await thread.run(stream, { kind: "push", samples: piece }));
    }
    return join(outputs);
  };
  const inTurn = (work: () => Promise<Float32Array>): Promise<Float32Array> => {
    const turn = lastTurn.then(() => (closed ? Promise.reject(effectClosed()) : work()));
    lastTurn = turn.catch(() => undefined); // the caller has `turn`; the next one only waits
    return turn;
  };
  return {
    push: (samples) => inTurn(() => pushInJobs(samples)),
    flush: () => inTurn(() => thread.run(stream, { kind: "flush" })),
    close: () => {
      closed = true;
      thread.closeStream(stream);
    },
  };
}

function join(parts: Float32Array[]): Float32Array {
  if (parts.length <= 1) return parts[0] ?? noSamples;
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
