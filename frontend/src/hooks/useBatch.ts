// The batch for React: its lines, and the one that runs.
import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import type { SpeechBody } from "qwen-tts/protocol";
import { batchTTS } from "../api.ts";
import { addLine, editLine, initialLines, removeLine } from "../batch/batch-lines.ts";
import type { BatchLine } from "../batch/batch-lines.ts";
import { batchReducer, noRun, toBatchAction } from "../batch/batch-run.ts";
import type { BatchClip, BatchRun } from "../batch/batch-run.ts";
import { explainError } from "../explain-error.ts";
import type { Settings } from "../settings.ts";

export type BatchSubmit = {
  settings: Settings;
  toBody: (text: string) => SpeechBody;
  apiKey: string;
  onClip: (text: string, clip: BatchClip) => void;
  onFailure: () => void;
};

export type Batch = {
  lines: BatchLine[];
  leftOut: number;
  edit: (index: number, text: string) => void;
  add: () => void;
  remove: (index: number) => void;
  run: BatchRun;
  submit: (options: BatchSubmit) => void;
  cancel: () => void;
};

export function useBatch(): Batch {
  const [{ lines, leftOut }, setLines] = useState(initialLines);
  const [run, dispatch] = useReducer(batchReducer, noRun);
  const request = useRef<AbortController>(undefined);

  const cancel = useCallback(() => {
    request.current?.abort();
    dispatch({ kind: "cancel" });
  }, []);
  useEffect(() => () => request.current?.abort(), []);

  const submit = async ({ settings, toBody, apiKey, onClip, onFailure }: BatchSubmit) => {
    const items = filledLines(lines);
    request.current?.abort();
    const { signal } = (request.current = new AbortController());
    dispatch({ kind: "start", items, settings });
    const body = { requests: items.map(({ text }) => toBody(text)) };
    try {
      await batchTTS(body, {
        signal,
        apiKey,
        onResult: (index, result) => {
          const action = toBatchAction(index, result);
          dispatch(action);
          if (action.kind === "made") onClip(items[index]?.text ?? "", action.clip);
        },
      });
      dispatch({ kind: "ended" });
    } catch (error) {
      if (signal.aborted) return;
      dispatch({ kind: "broken", problem: explainError(error) });
      onFailure();
    }
  };

  return {
    lines,
    leftOut,
    edit: (index, text) => setLines((before) => editLine(before, index, text)),
    add: () => setLines(addLine),
    remove: (index) => setLines((before) => removeLine(before, index)),
    run,
    submit: (options) => void submit(options),
    cancel,
  };
}

/** Empty lines are no items. */
export function filledLines(lines: BatchLine[]): { lineNumber: number; text: string }[] {
  return lines
    .map(({ text }, index) => ({ lineNumber: index + 1, text: text.trim() }))
    .filter(({ text }) => text !== "");
}
