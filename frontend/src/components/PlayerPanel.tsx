// The clip that was asked for last: its picture, its figures, what went wrong, and once it has
// arrived a player and the download.
import { useMemo } from "react";
import { useEased } from "../hooks/useEased.ts";
import { useClipAudio } from "../hooks/useClipAudio.ts";
import { formatClock } from "../format.ts";
import { isActive } from "../streaming/stream-state.ts";
import type { StreamState } from "../streaming/stream-state.ts";
import { ErrorMessage } from "./ErrorMessage.tsx";
import { StreamFigures } from "./StreamFigures.tsx";
import { Icon } from "./Icon.tsx";
import { Waveform } from "./Waveform.tsx";

type PlayerPanelProps = {
  state: StreamState;
  /** A guess at the clip's length, while it is being made. */
  expectedSeconds: number;
  /** Given where no other Stop button is in sight. */
  onStop: (() => void) | undefined;
  onDownload: (wav: Blob) => void;
};

/** A clip longer than expected gets this much more room each time it reaches the edge. */
const axisGrowth = 1.25;

export function PlayerPanel({ state, expectedSeconds, onStop, onDownload }: PlayerPanelProps) {
  const active = isActive(state);
  const { clip, figures } = state;
  const recorder = clip?.recorder;
  const sampleRate = recorder?.sampleRate ?? 1;
  const madeSeconds = figures.samplesMade / sampleRate;
  const received = !active || state.kind === "draining";
  const wav = useMemo(
    () => (recorder && received && recorder.sampleCount > 0 ? recorder.toWav() : null),
    [recorder, received],
  );
  const { element, handlers, playing, positionSeconds, toggle, seek } = useClipAudio(wav);
  const replayed = playing || positionSeconds > 0;
  const heard = replayed ? positionSeconds : figures.samplesPlayed / sampleRate;
  const axisSeconds = useEased(
    active ? growAxis(expectedSeconds, madeSeconds) : madeSeconds || expectedSeconds,
  );
  const nothingCame = !active && figures.samplesMade === 0;
  const problem = state.kind === "failed" || state.kind === "draining" ? state.problem : null;

  return (
    <section className="player card" aria-label="Clip">
      {problem && <ErrorMessage problem={problem} />}
      <div className="wave-box" hidden={state.kind === "failed" && nothingCame}>
        <Waveform
          peaks={recorder?.peaks ?? null}
          axisSeconds={axisSeconds}
          madeSeconds={madeSeconds}
          playedSeconds={heard}
        />
        {wav && !active && (
          <input
            type="range"
            className="wave-seek"
            aria-label="Position in the clip"
            aria-valuetext={`${formatClock(positionSeconds)} of ${formatClock(madeSeconds)}`}
            min={0}
            max={madeSeconds}
            step="any"
            value={positionSeconds}
            onChange={(event) => seek(event.target.valueAsNumber)}
          />
        )}
        {nothingCame && (
          <p className="wave-empty">
            <span>
              {state.kind === "stopped"
                ? "Stopped before the first sample"
                : "What you stream appears here"}
            </span>
          </p>
        )}
      </div>
      <audio ref={element} {...handlers} preload="metadata" />
      <div className="player-foot" hidden={nothingCame}>
        <StreamFigures state={state} />
        <div className="player-buttons">
          {active && onStop ? (
            <StopButton onStop={onStop} />
          ) : (
            <PlayButton active={active} ready={wav !== null} playing={playing} onPlay={toggle} />
          )}
          <button
            className="button button-small download-btn"
            disabled={!wav}
            title={wav ? undefined : "The clip can be saved when all of it has arrived"}
            onClick={() => wav && onDownload(wav)}
          >
            <Icon name="download" />
            Download
          </button>
        </div>
      </div>
    </section>
  );
}

function StopButton({ onStop }: { onStop: () => void }) {
  return (
    <button
      className="button button-small"
      title="Escape"
      aria-keyshortcuts="Escape"
      onClick={onStop}
    >
      <Icon name="stop" />
      Stop
    </button>
  );
}

type PlayButtonProps = { active: boolean; ready: boolean; playing: boolean; onPlay: () => void };

function PlayButton({ active, ready, playing, onPlay }: PlayButtonProps) {
  return (
    <button
      className="button button-small"
      disabled={!ready || active}
      title={active ? "It is being spoken now" : undefined}
      onClick={onPlay}
    >
      <Icon name={playing ? "pause" : "play"} />
      {playing ? "Pause" : "Play again"}
    </button>
  );
}

function growAxis(expectedSeconds: number, madeSeconds: number): number {
  let axis = expectedSeconds;
  while (axis < madeSeconds) axis *= axisGrowth;
  return axis;
}
