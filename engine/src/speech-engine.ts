// The interface that every engine implements: `local` (Qwen3-TTS), `preview` (eSpeak NG), `remote`
// (vLLM-Omni) and the fake of the tests. In: one checked request and a signal. Out: an async sequence
// of events, audio as it is made. Knows nothing of HTTP, of file formats or of speed and pitch.

/** Text as a whole, or in pieces that arrive while speech is already being made. */
export type SpeechText =
  | { kind: "whole"; text: string }
  | { kind: "incremental"; pieces: AsyncIterable<string> };

/**
 * A cloned voice as the engine that made it keeps it. Opaque to everyone else, but for the size of the model that
 * made it ("0.6B"): only a model of that size can use it. Absent where sizes do not matter.
 */
export type VoicePrompt = { engine: string; data: Uint8Array; size?: string };

export type Voice =
  | { kind: "preset"; speaker: string }
  | { kind: "clone"; prompt: VoicePrompt }
  | { kind: "design"; description: string };

/** How codes are drawn. A field that is absent means the model's own default. */
export type Sampling = {
  /** Always the likeliest code, in talker and code predictor; the seed then says nothing. */
  greedy?: boolean;
  /** These four are the talker's; the code predictor keeps the model's own. */
  temperature?: number;
  topK?: number;
  topP?: number;
  repetitionPenalty?: number;
};

/** A frame is what the model makes in one step (80 ms for Qwen3-TTS). */
export type Limits = {
  /** Length of the engine's own audio, before any change of speed. */
  maxSeconds?: number;
  /** No end of speech before so many frames. */
  minFrames?: number;
  /** After so many frames the clip ends with `length`. */
  maxFrames?: number;
  /** Whether speech that goes on far beyond its text is ended with `runaway`. Default: yes. */
  runawayGuard?: boolean;
};

/**
 * How a model that reads its text while it speaks gets it: `whole` before the first frame, or
 * `incremental`, a token for each frame. Absent: what the model was published with.
 */
export type TextLayout = "whole" | "incremental";

/**
 * What happens to the audio. `live`: somebody listens while it is made, and drinks `playbackRate`
 * seconds of it a second. `whole`: it is collected first. Pacing and fairness follow from it.
 */
export type Delivery =
  | {
      kind: "live";
      playbackRate: number;
      /** What the listener has been advised to hold back before it plays, in seconds of playing. Default: nothing. */
      prebufferSeconds?: number;
    }
  | { kind: "whole" };

export type SpeechRequest = {
  text: SpeechText;
  voice: Voice;
  /** A name from `ModelStatus.languages`. */
  language: string;
  instruct?: string;
  /** A `ModelStatus.id`; absent: the engine chooses. */
  model?: string;
  /** Always set: drawn by the caller when the client gave none. */
  seed: number;
  sampling: Sampling;
  limits: Limits;
  textLayout?: TextLayout;
  /**
   * Leave out what comes before the first sound, but for 20 ms; at most a second of it (leading-silence.ts). Limits count
   * what is left out, lengths and positions of the clip do not. Default: the audio as the model makes it.
   */
  trimLeadingSilence?: boolean;
  delivery: Delivery;
};

export type FinishReason = "stop" | "length" | "runaway" | "cancelled";

export type SpeechStats = {
  /** Seconds of audio made. */
  audioSeconds: number;
  /** Wall time from the call of `synthesize` to its last sample. */
  wallMs: number;
  /** Wall time by stage, as far as the engine measures it. */
  stagesMs: Record<string, number>;
  /** Engine steps in which this request had a row, for engines that work in steps. */
  steps?: number;
  /** Frames of codes made, for engines that make them. */
  frames?: number;
};

export type SpeechEvent =
  | { kind: "start"; model: string; sampleRate: number; seed: number }
  /** Mono, -1..1. `firstSample` counts from the start of the clip; pieces leave no gap. */
  | { kind: "audio"; samples: Float32Array; firstSample: number }
  /** Spoken up to this character (code point offset in the whole text), where the engine knows. */
  | { kind: "mark"; textEnd: number; atSample: number }
  | { kind: "end"; finishReason: FinishReason; stats: SpeechStats };

export type ModelState =
  | { kind: "absent"; reason: string }
  | { kind: "idle" }
  | { kind: "loading"; progress?: number }
  | { kind: "ready" }
  | { kind: "failed"; reason: string };

export type SpeakerInfo = {
  name: string;
  description: string;
  /** The language this speaker is best at, a name from `languages`. */
  nativeLanguage: string;
};

/** A feature is honoured, or it is not and `reason` says in one sentence why and what to do. */
export type Honoured = { honoured: true } | { honoured: false; reason: string };

/** How speech comes from a model on this machine, measured when it was loaded: one request alone. */
export type Pace = {
  /** Wall seconds for a second of audio. */
  realTimeFactor: number;
  /** Its audio comes in pieces up to so long. */
  pieceSeconds: number;
  /** Wall milliseconds of the stages of its work, by names of the engine's own. */
  costsMs: Record<string, number>;
};

export type ModelVariant = "custom_voice" | "voice_design" | "base";

export type ModelStatus = {
  id: string;
  /** For people: "Preview voice (eSpeak NG)". */
  label: string;
  /** What kind of Qwen3-TTS it is; null for what is none. */
  variant: ModelVariant | null;
  /** As people write it, "0.6B"; null for what is no Qwen3-TTS. */
  size: string | null;
  state: ModelState;
  sampleRate: number;
  speakers: SpeakerInfo[];
  /** Without "Auto", which every engine takes. */
  languages: string[];
  instruct: Honoured;
  sampling: Honoured;
  /** Voices of kind `clone`. */
  clone: Honoured;
  /** Voices of kind `design`. */
  design: Honoured;
  /** Memory that its process has now; absent where it has none of its own. */
  memoryBytes?: number;
  /** How many requests it advances at once; more wait with the caller. */
  rows: number;
  /** Absent where nobody measured it. */
  pace?: Pace;
};

export type EngineStatus = {
  /** "preview", "local", "remote" or "fake". */
  engine: string;
  models: ModelStatus[];
  /** Requests that have a row now, cancelled ones not counted. */
  activeRows: number;
};

export type WantedVoice = {
  /** Of the whole recording; without it only the speaker's sound is taken over. */
  transcript?: string | undefined;
  /** Of the model that will use the voice, "0.6B"; absent: the engine's first that clones. */
  size?: string;
};

export interface SpeechEngine {
  status(): EngineStatus;
  /** Called at every change of `status`; returns the unsubscribe function. */
  onStatus(listener: (status: EngineStatus) => void): () => void;
  /**
   * Speak one request. Nothing happens before the first `next()`, which loads the model if needed.
   * First event `start`, last event `end`; between them `audio` without gaps. The consumer's pull is
   * the flow control: an engine makes only a bounded amount ahead of it.
   * When `signal` aborts, the row is in no step planned later, and a pending `next()` gives
   * `end` with reason `cancelled`; `return()` does the same without the event.
   * @throws EngineError
   */
  synthesize(request: SpeechRequest, signal: AbortSignal): AsyncIterable<SpeechEvent>;
  /** Make a clone prompt from mono audio in -1..1. @throws EngineError */
  createVoice?(audio: Float32Array, sampleRate: number, wanted?: WantedVoice): Promise<VoicePrompt>;
  /** Free everything. Running requests fail with `closed`; a second call does nothing. */
  close(): Promise<void>;
}
