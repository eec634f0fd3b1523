// What the page and its audio worklet say to each other. Types only.
import type { SampleQueueOptions } from "./sample-queue.ts";
import type { PlaybackProgress } from "./stream-player.ts";

export const processorName = "sample-player";
export const recorderName = "recorder";

export type ProcessorOptions = SampleQueueOptions;

export type ToWorklet =
  | { kind: "push"; samples: Float32Array<ArrayBuffer> }
  | { kind: "end" }
  | { kind: "stop" };

export type FromWorklet = PlaybackProgress;
