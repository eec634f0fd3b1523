// What has become of each line of a batch, in the order of the lines: on its way, a clip, an error.
import type { BatchItem, BatchRun } from "../batch/batch-run.ts";
import { clipFileName, saveFile } from "../download.ts";
import { count, formatSeconds } from "../format.ts";
import { ClipPlayer } from "./ClipPlayer.tsx";
import { Icon } from "./Icon.tsx";

export function BatchResults({ run }: { run: BatchRun }) {
  const { items, kind, settings } = run;
  const speaker = settings?.speaker ?? "";
  const made = items.filter((item) => item.kind === "made");
  const failed = items.filter((item) => item.kind === "failed").length;
  const finished = made.length + failed;
  return (
    <section className="batch-results" aria-labelledby="batch-results-title">
      <div className="section-head">
        <h2 id="batch-results-title">Clips</h2>
        <p className="hint" role="status">
          {describeProgress(kind, { finished, failed, all: items.length })}
        </p>
        {made.length > 1 && kind !== "running" && (
          <button
            className="link-button"
            onClick={() => made.forEach((item) => save(item, speaker))}
          >
            <Icon name="download" /> Download all
          </button>
        )}
      </div>
      {kind === "running" && (
        <progress aria-label="Lines finished" max={items.length} value={finished} />
      )}
      <ol className="result-list">
        {items.map((item) => (
          <BatchRow key={item.lineNumber} item={item} speaker={speaker} />
        ))}
      </ol>
    </section>
  );
}

type Counts = { finished: number; failed: number; all: number };

function describeProgress(kind: BatchRun["kind"], { finished, failed, all }: Counts): string {
  const failures = failed > 0 ? `, ${failed} failed` : "";
  if (kind === "running") return `${finished} of ${all}${failures}`;
  if (kind === "cancelled") return `Cancelled after ${finished} of ${all}`;
  return `${count(finished - failed, "clip")}${failures}`;
}

function save(item: BatchItem, speaker: string) {
  if (item.kind !== "made") return;
  const name = `${item.lineNumber}-${clipFileName(item.text, speaker, new Date())}`;
  saveFile(item.clip.audio, name);
}

function BatchRow({ item, speaker }: { item: BatchItem; speaker: string }) {
  const isFinished = item.kind === "made" || item.kind === "failed";
  return (
    <li
      className={isFinished ? "result-row batch-result" : "result-row"}
      data-state={item.kind}
      aria-label={`Line ${item.lineNumber}`}
    >
      <span className="line-number" aria-hidden="true">
        {item.lineNumber}
      </span>
      <p className="clip-text">{item.text}</p>
      <Outcome item={item} speaker={speaker} />
    </li>
  );
}

function Outcome({ item, speaker }: { item: BatchItem; speaker: string }) {
  switch (item.kind) {
    case "pending":
      return (
        <p className="result-state hint">
          <span className="spinner" aria-hidden="true" /> Waiting
        </p>
      );
    case "not_made":
      return <p className="result-state hint">Not made</p>;
    case "failed":
      return (
        <p className="result-state batch-error">
          <strong>{item.problem.title}</strong> {item.problem.advice}
        </p>
      );
    case "made":
      return (
        <div className="result-state">
          <div className="row">
            <ClipPlayer
              audio={item.clip.audio}
              seconds={item.clip.seconds}
              label={`clip ${item.lineNumber}`}
            />
            <button
              className="icon-button"
              aria-label={`Download clip ${item.lineNumber}, ${formatSeconds(item.clip.seconds)}`}
              onClick={() => save(item, speaker)}
            >
              <Icon name="download" />
            </button>
          </div>
          {item.clip.cutShort && (
            <p className="hint" data-tone="warn">
              {item.clip.cutShort.title} {item.clip.cutShort.advice}
            </p>
          )}
        </div>
      );
  }
}
