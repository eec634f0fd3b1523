// One model: what it is for, how far it is, and what can be done with it now.
import { useId } from "react";
import type { ManagedModelBody, ModelsResponse } from "qwen-tts/protocol";
import { formatBytes } from "../format.ts";
import {
  actionsFor,
  describeProgress,
  describeSize,
  describeState,
  isOnItsWay,
  percentDone,
  variantPurpose,
} from "../models/describe-model.ts";
import type { OfferedAction } from "../models/describe-model.ts";
import type { ModelAction } from "../models/models-api.ts";
import { Confirm } from "./Confirm.tsx";

type ModelRowProps = {
  model: ManagedModelBody;
  place: Pick<ModelsResponse, "offline" | "disk_free_bytes">;
  onAct: (id: string, action: ModelAction) => void;
};

export function ModelRow({ model, place, onAct }: ModelRowProps) {
  const id = useId();
  const { text, tone } = describeState(model);
  const actions = actionsFor(model, place);
  const blocked = actions.find((offered) => offered.blocked !== undefined)?.blocked;
  return (
    <li className="model-row" aria-labelledby={`${id}-label`} data-state={model.state}>
      <h3 id={`${id}-label`}>{model.label}</h3>
      <p className="badge" data-tone={tone} role="status">
        <span className="visually-hidden">{model.label}: </span>
        {text}
      </p>
      <p className="hint model-wide">{describe(model)}</p>
      {isOnItsWay(model) && <DownloadProgress model={model} />}
      {model.reason && (
        <p className="hint model-wide" data-tone={tone === "bad" ? "gone" : undefined}>
          {model.reason}
        </p>
      )}
      {(actions.length > 0 || blocked) && (
        <div className="model-wide row model-actions">
          {actions.map((offered) => (
            <ActionButton
              key={offered.action}
              offered={offered}
              model={model}
              blockedId={`${id}-blocked`}
              onAct={() => onAct(model.id, offered.action)}
            />
          ))}
          <p className="hint" id={`${id}-blocked`}>
            {blocked}
          </p>
        </div>
      )}
    </li>
  );
}

function describe(model: ManagedModelBody): string {
  return [
    variantPurpose[model.variant],
    describeSize(model),
    model.memory_bytes !== null && `Holds ${formatBytes(model.memory_bytes)} of memory.`,
    !model.removable && `The folder “${model.id}”, given with --model: it is yours to delete.`,
  ]
    .filter(Boolean)
    .join(" ");
}

function DownloadProgress({ model }: { model: ManagedModelBody }) {
  const words = describeProgress(model);
  return (
    <div className="model-wide model-progress">
      <progress
        aria-label={`Download of ${model.label}`}
        aria-valuetext={`${percentDone(model)} percent`}
        max={100}
        value={percentDone(model)}
      />
      <p className="hint value">
        {percentDone(model)} %, {words}
      </p>
    </div>
  );
}

type ActionButtonProps = {
  offered: OfferedAction;
  model: ManagedModelBody;
  blockedId: string;
  onAct: () => void;
};

function ActionButton({ offered, model, blockedId, onAct }: ActionButtonProps) {
  const { action, label, blocked } = offered;
  const name = `${label} ${model.label}`;
  if (action === "delete")
    return (
      <Confirm
        label={label}
        name={name}
        question={`Delete ${formatBytes(model.bytes_done || model.bytes_total)} of ${model.label}?`}
        className="button button-small"
        onConfirm={onAct}
      />
    );
  return (
    <button
      className="button button-small"
      aria-label={name}
      aria-describedby={blocked === undefined ? undefined : blockedId}
      disabled={blocked !== undefined}
      onClick={onAct}
    >
      {label}
    </button>
  );
}
