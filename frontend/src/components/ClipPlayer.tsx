// A small player for one finished clip: play, pause, seek, time.
import { formatClock } from "../format.ts";
import { useClipAudio } from "../hooks/useClipAudio.ts";
import { Icon } from "./Icon.tsx";

/** `label` names the clip to a screen reader. */
type ClipPlayerProps = { audio: Blob; seconds: number; label: string };

export function ClipPlayer({ audio, seconds, label }: ClipPlayerProps) {
  const { element, playing, positionSeconds, toggle, seek, handlers } = useClipAudio(audio);
  const filled = `${seconds > 0 ? (100 * positionSeconds) / seconds : 0}%`;
  const position = formatClock(positionSeconds);
  const length = formatClock(Math.max(1, Math.round(seconds)));
  return (
    <div className="clip-player">
      <audio ref={element} {...handlers} preload="none" />
      <button
        className="icon-button clip-play"
        aria-label={`${playing ? "Pause" : "Play"} ${label}`}
        onClick={toggle}
      >
        <Icon name={playing ? "pause" : "play"} />
      </button>
      <input
        type="range"
        min={0}
        max={seconds}
        step="any"
        value={Math.min(positionSeconds, seconds)}
        aria-label={`Position in ${label}`}
        aria-valuetext={`${position} of ${length}`}
        onChange={(event) => seek(event.target.valueAsNumber)}
        style={{ "--filled": filled }}
      />
      <span className="clip-time">
        <span className="clip-position">{position} / </span>
        {length}
      </span>
    </div>
  );
}
