// The effect for speed 1 and pitch 1: the same samples, bit for bit, without a worker.
import { effectClosed, noSamples, type Effect } from "./effect.ts";

export function createIdentityEffect(): Effect {
  let closed = false;
  const unlessClosed = (samples: Float32Array): Promise<Float32Array> =>
    closed ? Promise.reject(effectClosed()) : Promise.resolve(samples);
  return {
    push: unlessClosed,
    flush: () => unlessClosed(noSamples),
    close: () => {
      closed = true;
    },
  };
}
