// A recording before it is kept: its picture, the two ends to cut it, the sound of what is left, and
// what the server says of that.
import { useId } from "react";
import type { VoiceCheckResponse } from "qwen-tts/protocol";
import type { Sound, Span } from "../audio/sound.ts";
import { formatSeconds } from "../format.ts";
import { moveSpan } from "../voices/recording.ts";
import { ClipPlayer } from "./ClipPlayer.tsx";
import { Waveform } from "./Waveform.tsx";

type RecordingDraftProps = {
  sound: Sound;
  span: Span;
  /** What is left of it. */
  wav: Blob;
  check: VoiceCheckResponse | undefined;
  onSpan: (span: Span) => void;
};

export function RecordingDraft({ sound, span, wav, check, onSpan }: RecordingDraftProps) {
  const { seconds, peaks } = sound;
  const move = (change: Partial<Span>) => onSpan(moveSpan(span, change, seconds));
  return (
    <div className="fields draft">
      <div className="draft-wave">
        <Waveform
          peaks={peaks}
          axisSeconds={seconds}
          madeSeconds={seconds}
          playedFromSeconds={span.from}
          playedSeconds={span.to}
        />
      </div>
      <div className="trim">
        <TrimSlider
          label="Start"
          value={span.from}
          max={seconds}
          onMove={(from) => move({ from })}
        />
        <TrimSlider label="End" value={span.to} max={seconds} onMove={(to) => move({ to })} />
      </div>
      <ClipPlayer audio={wav} seconds={span.to - span.from} label="the recording" />
      <CheckResult check={check} />
    </div>
  );
}

type TrimSliderProps = {
  label: string;
  value: number;
  max: number;
  onMove: (seconds: number) => void;
};

function TrimSlider({ label, value, max, onMove }: TrimSliderProps) {
  const id = useId();
  return (
    <div className="slider">
      <div className="label-row">
        <label htmlFor={id}>{label}</label>
        <output className="value" htmlFor={id}>
          {formatSeconds(value)}
        </output>
      </div>
      <input
        id={id}
        type="range"
        min={0}
        max={max}
        step={0.05}
        value={value}
        aria-valuetext={`${value.toFixed(1)} seconds`}
        onChange={(event) => onMove(event.target.valueAsNumber)}
        style={{ "--filled": `${(100 * value) / max}%` }}
      />
    </div>
  );
}

function CheckResult({ check }: { check: VoiceCheckResponse | undefined }) {
  if (!check)
    return (
      <p className="hint" role="status">
        Listening to it…
      </p>
    );
  if (check.error !== null)
    return (
      <p className="hint" role="status" data-tone="gone">
        {check.error}
      </p>
    );
  if (check.advice.length === 0)
    return (
      <p className="hint" role="status">
        A good recording.
      </p>
    );
  return (
    <ul className="advice" role="status">
      {check.advice.map((words) => (
        <li key={words} className="hint" data-tone="warn">
          {words}
        </li>
      ))}
    </ul>
  );
}
