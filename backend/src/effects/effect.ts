// What every effect looks like, and the one that changes nothing.
import { EngineError } from "qwen3-tts";

export type Effect = {
  /**
   * The output that is complete after these samples (possibly none). They must not change before the
   * promise settles. Calls are served in order; who waits for each has backpressure.
   * @throws EngineError `closed` after `close`, `crashed` when the worker thread died
   */
  push(samples: Float32Array): Promise<Float32Array>;
  /** The rest of the output, once after the last push. @throws EngineError as push does */
  flush(): Promise<Float32Array>;
  /** Free everything; what is still pending rejects with `closed`. A second call does nothing. */
  close(): void;
};

/** `sampleRate` in Hz; `speed` 2 is twice as fast; `pitch` 2 is an octave up. */
export type EffectSettings = { sampleRate: number; speed: number; pitch: number };

export const noSamples = new Float32Array(0);

export function effectClosed(): EngineError {
  return new EngineError("closed", "The audio effect was closed before the clip was complete.");
}
