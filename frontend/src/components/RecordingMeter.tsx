// A recording under way: how loud, how long, and what has come.
import { limits } from "qwen-tts/protocol";
import { formatSeconds } from "../format.ts";
import type { Recording } from "../hooks/useRecorder.ts";
import { describeLevel } from "../voices/recording.ts";
import { Waveform } from "./Waveform.tsx";

export function RecordingMeter({ recording }: { recording: Recording }) {
  const { kind, seconds, peak, peaks } = recording;
  const level = describeLevel(peak);
  return (
    <div className="fields recording">
      <div className="draft-wave">
        <Waveform
          peaks={peaks}
          axisSeconds={limits.recordingSeconds.max}
          madeSeconds={seconds}
          playedSeconds={seconds}
        />
      </div>
      <div className="level" data-tone={level.tone}>
        <progress aria-label="Level" aria-valuetext={level.text} max={1} value={level.share} />
        <p className="hint">{kind === "opening" ? "Allow the microphone…" : level.text}</p>
      </div>
      <p className="hint value">
        {formatSeconds(seconds)} of {limits.recordingSeconds.max} s. Read a few sentences as you
        want the voice to speak.
      </p>
    </div>
  );
}
