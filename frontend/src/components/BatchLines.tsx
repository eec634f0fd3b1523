// The lines of a batch as fields. Enter goes on to the next one.
import type { KeyboardEvent } from "react";
import { limits } from "qwen-tts/protocol";
import type { BatchLine } from "../batch/batch-lines.ts";
import { textLength } from "../settings.ts";
import { focusNeighbour } from "./focus-neighbour.ts";
import { Icon } from "./Icon.tsx";

type BatchLinesProps = {
  lines: BatchLine[];
  onEdit: (index: number, text: string) => void;
  onRemove: (index: number) => void;
};

export function BatchLines({ lines, onEdit, onRemove }: BatchLinesProps) {
  return (
    <ol className="batch-lines">
      {lines.map(({ id, text }, index) => (
        <li key={id} className="batch-line">
          <span className="line-number" aria-hidden="true">
            {index + 1}
          </span>
          <textarea
            className={`field batch-input batch-input-${index}`}
            rows={1}
            value={text}
            placeholder={index === 0 ? "First text" : ""}
            aria-label={`Text ${index + 1}`}
            aria-describedby={isTooLong(text) ? `batch-too-long-${id}` : undefined}
            onChange={(event) => onEdit(index, event.target.value)}
            onKeyDown={focusNextOnEnter}
          />
          <button
            className="icon-button"
            aria-label={`Remove line ${index + 1}`}
            onClick={({ currentTarget }) => {
              focusNeighbour(currentTarget);
              onRemove(index);
            }}
          >
            <Icon name="remove" />
          </button>
          {isTooLong(text) && (
            <p className="hint line-hint" id={`batch-too-long-${id}`} data-tone="gone">
              {textLength(text).toLocaleString()} characters: the server takes{" "}
              {limits.textLength.toLocaleString()}, this line will fail.
            </p>
          )}
        </li>
      ))}
    </ol>
  );
}

function isTooLong(text: string): boolean {
  return textLength(text) > limits.textLength;
}

function focusNextOnEnter(event: KeyboardEvent<HTMLTextAreaElement>) {
  const { key, ctrlKey, metaKey, nativeEvent } = event;
  if (key !== "Enter" || ctrlKey || metaKey || nativeEvent.isComposing) return;
  event.preventDefault();
  const nextLine = event.currentTarget.closest("li")?.nextElementSibling;
  nextLine?.querySelector("textarea")?.focus();
}
