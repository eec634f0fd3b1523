// Speed and pitch for many clips at once, on a few worker threads that start when they are needed. In:
// settings. Out: an Effect that keeps to its thread. Knows nothing of requests, engines or files.
import { availableParallelism } from "node:os";
import { EngineError } from "qwen3-tts";
import { limits } from "../protocol.ts";
import type { Effect, EffectSettings } from "./effect.ts";
import { createIdentityEffect } from "./identity-effect.ts";
import { createStretchEffect } from "./stretch-effect.ts";
import { StretchThread } from "./stretch-thread.ts";

export type EffectPool = {
  /**
   * An effect for one clip; `close` it in the end, whatever happens.
   * @throws RangeError for settings outside the contract's limits
   * @throws EngineError `closed` when the pool is
   */
  open(settings: EffectSettings): Effect;
  /** Threads that run, and the streams that they hold as they last reported. */
  status(): { threads: number; streams: number };
  /** End the threads; what is pending rejects with `closed`. */
  close(): Promise<void>;
};

/** More would take cores from the engine: a thread keeps up with 40 listeners at the worst settings. */
const defaultMaxThreads = Math.min(availableParallelism(), 4);

export function createEffectPool(options: { maxThreads?: number } = {}): EffectPool {
  const { maxThreads = defaultMaxThreads } = options;
  const threads = new Set<StretchThread>();
  let closed = false;

  const leastLoaded = (): StretchThread => {
    const [least] = [...threads].sort((a, b) => a.load - b.load);
    if (least && (least.load === 0 || threads.size >= maxThreads)) return least;
    const started = new StretchThread((ended) => threads.delete(ended));
    threads.add(started);
    return started;
  };
  return {
    open(settings) {
      if (closed) throw new EngineError("closed", "The server is shutting down.");
      checkSettings(settings);
      if (settings.speed === 1 && settings.pitch === 1) return createIdentityEffect();
      return createStretchEffect(leastLoaded(), settings);
    },
    status() {
      let streams = 0;
      for (const thread of threads) streams += thread.reportedStreams;
      return { threads: threads.size, streams };
    },
    async close() {
      closed = true;
      await Promise.all([...threads].map((thread) => thread.terminate()));
    },
  };
}

function checkSettings({ sampleRate, speed, pitch }: EffectSettings): void {
  checkRange("speed", speed, limits.speed);
  checkRange("pitch", pitch, limits.pitch);
  if (!(Number.isInteger(sampleRate) && sampleRate > 0)) {
    throw new RangeError(`sampleRate is ${sampleRate}, it must be a positive integer`);
  }
}

function checkRange(name: string, value: number, range: { min: number; max: number }): void {
  if (value >= range.min && value <= range.max) return;
  throw new RangeError(`${name} is ${value}, it must be ${range.min} to ${range.max}`);
}
