// The models: which there are, what they are for, what they cost, and what can be done with them.
import type { ModelsResponse } from "qwen-tts/protocol";
import { formatBytes } from "../format.ts";
import type { Models } from "../hooks/useModels.ts";
import { ErrorMessage } from "./ErrorMessage.tsx";
import { ModelRow } from "./ModelRow.tsx";

export function ModelsView({ models, hidden }: { models: Models; hidden: boolean }) {
  const { known, problem, act } = models;
  return (
    <section className="view card" aria-labelledby="models-title" hidden={hidden}>
      <div className="section-head">
        <h2 id="models-title">Models</h2>
        {known && <p className="hint">{describeDisk(known)}</p>}
      </div>
      <p className="hint">
        A model is loaded when a request needs it, and those that rest make room. The larger ones
        sound better and take longer.
      </p>
      {problem && <ErrorMessage problem={problem} />}
      {known ? <MemoryUse memory={known.memory} /> : !problem && <ModelsSkeleton />}
      {known && (
        <ul className="result-list model-list">
          {known.models.map((model) => (
            <ModelRow key={model.id} model={model} place={known} onAct={act} />
          ))}
        </ul>
      )}
    </section>
  );
}

function describeDisk({ offline, disk_free_bytes }: ModelsResponse): string {
  return [
    offline && "Offline: nothing is downloaded",
    disk_free_bytes !== null && `${formatBytes(disk_free_bytes)} free on the disk`,
  ]
    .filter(Boolean)
    .join(" · ");
}

function MemoryUse({ memory }: Pick<ModelsResponse, "memory">) {
  const used = formatBytes(memory.used_bytes);
  const budget = formatBytes(memory.budget_bytes);
  return (
    <div className="memory">
      <div className="label-row">
        <span id="memory-label">Memory of loaded models</span>
        <span className="value">
          {used} of {budget}
        </span>
      </div>
      <progress
        aria-labelledby="memory-label"
        aria-valuetext={`${used} of ${budget}`}
        max={memory.budget_bytes}
        value={memory.used_bytes}
      />
    </div>
  );
}

function ModelsSkeleton() {
  return (
    <div className="form-field" aria-hidden="true">
      <span className="skeleton skeleton-label" />
      <span className="skeleton skeleton-field" />
      <span className="skeleton skeleton-field" />
    </div>
  );
}
