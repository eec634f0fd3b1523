// Several texts at once: the lines, the button, and below it what has become of each line.
import { limits } from "qwen-tts/protocol";
import { count } from "../format.ts";
import { filledLines } from "../hooks/useBatch.ts";
import type { Batch } from "../hooks/useBatch.ts";
import { BatchLines } from "./BatchLines.tsx";
import { BatchResults } from "./BatchResults.tsx";
import { ErrorMessage } from "./ErrorMessage.tsx";
import { Icon } from "./Icon.tsx";

type BatchPanelProps = {
  batch: Batch;
  blocked: string | undefined;
  onSubmit: () => void;
};

export function BatchPanel({ batch, blocked, onSubmit }: BatchPanelProps) {
  const { lines, leftOut, run } = batch;
  const running = run.kind === "running";
  const filled = filledLines(lines).length;
  return (
    <div className="batch">
      <BatchLines lines={lines} onEdit={batch.edit} onRemove={batch.remove} />
      <div className="batch-foot">
        <button
          className="link-button"
          disabled={lines.length >= limits.batchItems}
          onClick={batch.add}
        >
          <Icon name="add" /> Add a line
        </button>
        <p className="hint" role="status">
          {leftOut > 0
            ? `${count(leftOut, "line")} left out: a batch has at most ${limits.batchItems}.`
            : `${lines.length} of ${limits.batchItems} lines. Paste a list to fill them at once.`}
        </p>
      </div>
      <div className="actions">
        <button
          className="button button-primary batch-submit"
          disabled={blocked !== undefined || running}
          aria-describedby="batch-hint"
          aria-keyshortcuts="Control+Enter"
          onClick={onSubmit}
        >
          {filled > 1 ? `Make ${filled} clips` : "Make clips"}
        </button>
        <button
          className="button"
          disabled={!running}
          title={running ? "Escape" : "No batch is being made"}
          aria-keyshortcuts="Escape"
          onClick={batch.cancel}
        >
          <Icon name="stop" />
          Cancel
        </button>
        <p className="hint actions-hint" id="batch-hint">
          {blocked}
        </p>
      </div>
      {run.problem && <ErrorMessage problem={run.problem} />}
      {run.kind !== "idle" && <BatchResults run={run} />}
    </div>
  );
}
