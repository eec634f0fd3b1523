// The clips that this browser keeps: listen again, save, take the settings over, delete.
import { count } from "../format.ts";
import type { HistoryClip } from "../history/history-store.ts";
import { historyBounds } from "../history/prune.ts";
import type { History } from "../hooks/useHistory.ts";
import { Confirm } from "./Confirm.tsx";
import { HistoryItem } from "./HistoryItem.tsx";

type HistoryPanelProps = { history: History; onReuse: (clip: HistoryClip) => void };

export function HistoryPanel({ history, onReuse }: HistoryPanelProps) {
  const { clips = [], problem } = history;
  return (
    <section className="history" aria-labelledby="history-title">
      <div className="section-head">
        <h2 id="history-title">History</h2>
        {clips.length > 0 && (
          <Confirm
            label="Delete all"
            question={`Delete ${count(clips.length, "clip")}?`}
            onConfirm={history.clear}
          />
        )}
      </div>
      {problem && (
        <p className="hint" role="status">
          {problem}
        </p>
      )}
      {history.clips?.length === 0 && !problem && (
        <p className="empty">
          Clips that you make are kept here, in this browser only: the last {historyBounds.clips}.
        </p>
      )}
      <ul className="result-list">
        {clips.map((clip) => (
          <HistoryItem
            key={clip.id}
            clip={clip}
            onReuse={() => onReuse(clip)}
            onRemove={() => history.remove(clip.id)}
          />
        ))}
      </ul>
    </section>
  );
}
