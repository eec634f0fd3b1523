// What a hosted engine and its host know of each other. A module that can be hosted exports
// `createEngine`; the host gives it these few calls, so that a thread that never sleeps still hears
// its cancels and can be told from one that hangs. Knows nothing of processes and messages.
import type { SpeechEngine } from "../speech-engine.ts";

export type EngineHost = {
  /** Call before each plan: takes in the cancels and reads that have arrived. Never waits. */
  beforeStep: () => void;
  /** A step starts and may take `expectedMs`; only beyond that is the host taken for hung. */
  planned: (expectedMs: number) => void;
  stepDone: () => void;
};

/** The shape of a module that can be hosted. `options` came as JSON: check them. */
export type HostedModule = {
  /** Load the model; the engine that comes out is ready. @throws EngineError */
  createEngine: (options: unknown, host: EngineHost) => SpeechEngine | Promise<SpeechEngine>;
};
