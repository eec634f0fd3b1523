// What the program and its synthesis threads tell each other.
import type { EspeakVoice } from "./espeak.ts";

export type SynthesisJob = {
  /** Counts up in each thread. A job ends early once the shared flag holds its number. */
  job: number;
  /** Text for eSpeak NG, see `speakable.ts`. */
  ssml: string;
  voice: EspeakVoice;
  /** Silence after it. */
  pauseMs: number;
};

export type FromSynthesis =
  | { kind: "ready" }
  | { kind: "audio"; job: number; samples: Int16Array<ArrayBuffer> }
  /** `stopped`: samples of it are missing. */
  | { kind: "done"; job: number; stopped: boolean };

/** `flag[0]`: the number of the job to stop, 0 for none. */
export type SynthesisData = { flag: Int32Array };
