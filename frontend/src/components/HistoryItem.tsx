// One clip of the history.
import { clipFileName, saveFile } from "../download.ts";
import { formatDate, formatSeconds } from "../format.ts";
import type { HistoryClip } from "../history/history-store.ts";
import { ClipPlayer } from "./ClipPlayer.tsx";
import { focusNeighbour } from "./focus-neighbour.ts";
import { Icon } from "./Icon.tsx";

type HistoryItemProps = { clip: HistoryClip; onReuse: () => void; onRemove: () => void };

const longestLabel = 30;

export function HistoryItem({ clip, onReuse, onRemove }: HistoryItemProps) {
  const { text, settings, audio, seconds } = clip;
  const made = new Date(clip.createdAt);
  const label = text.length > longestLabel ? `${text.slice(0, longestLabel)}…` : text;
  return (
    <li className="history-item">
      <p className="clip-text" title={text}>
        {text}
      </p>
      <p className="clip-about hint">{describe(clip, made)}</p>
      <div className="row">
        <ClipPlayer audio={audio} seconds={seconds} label={`“${label}”`} />
        <button
          className="icon-button"
          aria-label={`Use text and settings of “${label}” again`}
          title="Use again"
          onClick={onReuse}
        >
          <Icon name="reuse" />
        </button>
        <button
          className="icon-button"
          aria-label={`Download “${label}”`}
          title="Download"
          onClick={() => saveFile(audio, clipFileName(text, settings.speaker, made))}
        >
          <Icon name="download" />
        </button>
        <button
          className="icon-button"
          aria-label={`Delete “${label}”`}
          title="Delete"
          onClick={({ currentTarget }) => {
            focusNeighbour(currentTarget);
            onRemove();
          }}
        >
          <Icon name="trash" />
        </button>
      </div>
    </li>
  );
}

function describe({ settings, seconds, complete }: HistoryClip, made: Date): string {
  const { speaker, language, speed, pitch } = settings;
  return [
    speaker,
    language,
    speed !== 1 && `speed ${speed}×`,
    pitch !== 1 && `pitch ${pitch}×`,
    formatSeconds(seconds),
    !complete && "cut short",
    formatDate(made, new Date()),
  ]
    .filter(Boolean)
    .join(" · ");
}
