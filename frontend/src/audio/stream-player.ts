// What both players have in common: pieces of samples go in as they arrive, counts come out, and
// `finished` tells when the last sample was heard. Knows nothing of where the samples come from.

export type PlayerKind = "worklet" | "fallback";

export type PlaybackProgress = {
  phase: "buffering" | "playing" | "ended" | "stopped";
  samplesPlayed: number;
  underruns: number;
};

export type StreamPlayerOptions = {
  /** Samples to hold before the first sound; 0 starts with the first piece. */
  prebufferSamples: number;
  /** Called about twenty times a second while there is something to tell. */
  onProgress: (progress: PlaybackProgress) => void;
};

export interface StreamPlayer {
  readonly kind: PlayerKind;
  /** Takes the array over: the caller must not use it again. */
  push(samples: Float32Array<ArrayBuffer>): void;
  /** Nothing more will come: play what is here. */
  end(): void;
  /** Silence within one short fade; what was not played is forgotten. */
  stop(): void;
  /** From a sample's turn to the loudspeaker, in milliseconds. */
  outputDelayMs(): number;
  /** Settles when the last sample left the loudspeaker, or after `stop`. Never rejects. */
  readonly finished: Promise<PlaybackProgress>;
}

/** Long enough to hide the step at a stop, short enough to be heard as at once. */
export const rampMs = 10;

/** How long a sample travels from the player to the loudspeaker, in milliseconds. */
export function outputDelayMs(context: AudioContext): number {
  // Not every browser has `outputLatency`, whatever its type says: NaN becomes 0.
  return (context.baseLatency + context.outputLatency || 0) * 1000;
}
