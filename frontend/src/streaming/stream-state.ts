// The states of one clip between the click and the last sample heard, as a plain reducer. In: what
// the session reports. Out: the state that the page shows. Knows nothing of React and of sound.
import type { ClipRecorder } from "../audio/clip-recorder.ts";
import type { PlaybackProgress, PlayerKind } from "../audio/stream-player.ts";
import type { Explanation } from "../explain-error.ts";

/** What the clip is, once the server has begun to answer. */
export type ClipInfo = {
  recorder: ClipRecorder;
  model: string;
  engine: string;
  seed: number | null;
  player: PlayerKind;
  /** Seconds held back before the first sound, as the server recommends. */
  prebufferSeconds: number;
};

export type Figures = {
  samplesMade: number;
  samplesPlayed: number;
  underruns: number;
  /** Click to first sample heard. */
  firstAudioMs: number | null;
  /** From the click to the newest sample, for the speed against real time. */
  madeInMs: number;
};

type Shared = { figures: Figures; clip: ClipInfo | null };

export type StreamState = Shared &
  (
    | { kind: "idle" }
    /** Asked, no sample yet; `queuePlace` 1 is next. */
    | { kind: "waiting"; queuePlace: number | null }
    /** Samples arrive and are held back, at the start or after the player ran dry. */
    | { kind: "buffering" }
    | { kind: "playing" }
    /** Nothing more will arrive; the rest is being heard. */
    | { kind: "draining"; problem: Explanation | null }
    | { kind: "done" }
    | { kind: "failed"; problem: Explanation }
    | { kind: "stopped" }
  );

export type StreamAction =
  | { kind: "start" }
  | { kind: "queued"; place: number | null }
  | { kind: "opened"; clip: ClipInfo }
  | { kind: "received"; samplesMade: number; madeInMs: number }
  | { kind: "playback"; progress: PlaybackProgress; sinceClickMs: number }
  | { kind: "complete" }
  | { kind: "problem"; problem: Explanation }
  | { kind: "finished" }
  | { kind: "stop" };

const noFigures: Figures = {
  samplesMade: 0,
  samplesPlayed: 0,
  underruns: 0,
  firstAudioMs: null,
  madeInMs: 0,
};

export const idleState: StreamState = { kind: "idle", figures: noFigures, clip: null };

/** Whether the clip is on its way or being heard. */
export function isActive(state: StreamState): boolean {
  const { kind } = state;
  return kind === "waiting" || kind === "buffering" || kind === "playing" || kind === "draining";
}

export function streamReducer(state: StreamState, action: StreamAction): StreamState {
  switch (action.kind) {
    case "start":
      return { kind: "waiting", queuePlace: null, figures: noFigures, clip: null };
    case "queued":
      return state.kind === "waiting" ? { ...state, queuePlace: action.place } : state;
    case "opened":
      if (state.kind !== "waiting") return state;
      return { kind: "buffering", figures: state.figures, clip: action.clip };
    case "received": {
      const { samplesMade, madeInMs } = action;
      return { ...state, figures: { ...state.figures, samplesMade, madeInMs } };
    }
    case "playback":
      return withPlayback(state, action.progress, action.sinceClickMs);
    case "complete":
      return isActive(state) ? { ...shared(state), kind: "draining", problem: null } : state;
    case "problem":
      return withProblem(state, action.problem);
    case "finished":
      return withEnd(state);
    case "stop":
      return isActive(state) ? { ...shared(state), kind: "stopped" } : state;
  }
}

function shared({ figures, clip }: StreamState): Shared {
  return { figures, clip };
}

function withPlayback(
  state: StreamState,
  { phase, samplesPlayed, underruns }: PlaybackProgress,
  sinceClickMs: number,
): StreamState {
  const sounds = phase === "playing" || samplesPlayed > 0;
  const firstAudioMs = state.figures.firstAudioMs ?? (sounds ? sinceClickMs : null);
  const figures = { ...state.figures, samplesPlayed, underruns, firstAudioMs };
  const liveKinds = state.kind === "buffering" || state.kind === "playing";
  if (liveKinds && (phase === "buffering" || phase === "playing"))
    return { kind: phase, figures, clip: state.clip };
  return { ...state, figures };
}

/** A clip that broke is still heard to the end of what arrived; one that never began is over. */
function withProblem(state: StreamState, problem: Explanation): StreamState {
  if (state.kind === "idle" || state.kind === "stopped") return state;
  if (state.kind === "waiting" || state.kind === "done" || state.kind === "failed")
    return { ...shared(state), kind: "failed", problem };
  return { ...shared(state), kind: "draining", problem };
}

function withEnd(state: StreamState): StreamState {
  if (state.kind !== "draining") return state;
  const { problem } = state;
  return problem
    ? { ...shared(state), kind: "failed", problem }
    : { ...shared(state), kind: "done" };
}
