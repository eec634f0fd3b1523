// Stream, Stop, and what is going on between them.
import { formatSeconds } from "../format.ts";
import { isActive } from "../streaming/stream-state.ts";
import type { StreamState } from "../streaming/stream-state.ts";
import { Icon } from "./Icon.tsx";
import { SpeakingSign } from "./SpeakingSign.tsx";

type StreamActionsProps = {
  state: StreamState;
  /** Why nothing can be streamed now. */
  blocked: string | undefined;
  onStream: () => void;
  onStop: () => void;
};

export function StreamActions({ state, blocked, onStream, onStop }: StreamActionsProps) {
  const active = isActive(state);
  return (
    <div className="actions">
      <button
        className="button button-primary stream-btn"
        disabled={blocked !== undefined}
        aria-describedby="stream-hint"
        aria-keyshortcuts="Control+Enter"
        onClick={onStream}
      >
        <Icon name="play" />
        Stream
      </button>
      <button
        className="button stop-btn"
        disabled={!active}
        title={active ? "Escape" : "Nothing is being spoken"}
        aria-keyshortcuts="Escape"
        onClick={onStop}
      >
        <Icon name="stop" />
        Stop
      </button>
      {active && <SpeakingSign>{describe(state)}</SpeakingSign>}
      <p className="hint actions-hint" id="stream-hint">
        {blocked ?? (!active && <KeyHint />)}
      </p>
    </div>
  );
}

function KeyHint() {
  return (
    <span className="key-hint">
      <kbd>Ctrl</kbd> <kbd>Enter</kbd>
    </span>
  );
}

function describe(state: StreamState): string {
  if (state.kind === "waiting")
    return state.queuePlace === null ? "Asking…" : `Waiting, place ${state.queuePlace}`;
  if (state.kind === "buffering") return describeBuffering(state);
  return "Speaking";
}

/** A slow engine needs a head start: say how much of it is there. */
function describeBuffering({ clip, figures }: StreamState): string {
  if (!clip || clip.prebufferSeconds === 0 || figures.samplesPlayed > 0) return "Buffering";
  const made = figures.samplesMade / clip.recorder.sampleRate;
  return `Buffering, ${made.toFixed(1)} of ${formatSeconds(clip.prebufferSeconds)}`;
}
