// One batch on its way, as a plain reducer: what was asked for, what has come, what failed. Knows
// nothing of React and of HTTP.
import type { BatchResult } from "qwen-tts/protocol";
import { ApiError } from "../api-error.ts";
import { wavHeaderBytes } from "../audio/wav.ts";
import { explainError, explainFinish } from "../explain-error.ts";
import type { Explanation } from "../explain-error.ts";
import type { Settings } from "../settings.ts";
import { bytesFromBase64 } from "./base64.ts";

export type BatchClip = {
  audio: Blob;
  seconds: number;
  seed: number;
  /** Why it is shorter than its text, if it is. */
  cutShort: Explanation | undefined;
};

export type BatchItem = { lineNumber: number; text: string } & (
  | { kind: "pending" }
  | { kind: "made"; clip: BatchClip }
  | { kind: "failed"; problem: Explanation }
  /** The batch ended before this line was made. */
  | { kind: "not_made" }
);

export type BatchRun = {
  kind: "idle" | "running" | "ended" | "cancelled";
  items: BatchItem[];
  settings: Settings | null;
  /** What ended the batch as a whole. */
  problem: Explanation | null;
};

export type BatchAction =
  | { kind: "start"; items: { lineNumber: number; text: string }[]; settings: Settings }
  | { kind: "made"; index: number; clip: BatchClip }
  | { kind: "failed"; index: number; problem: Explanation }
  | { kind: "ended" }
  | { kind: "broken"; problem: Explanation }
  | { kind: "cancel" };

export const noRun: BatchRun = { kind: "idle", items: [], settings: null, problem: null };

export function batchReducer(run: BatchRun, action: BatchAction): BatchRun {
  switch (action.kind) {
    case "start": {
      const items = action.items.map((item) => ({ ...item, kind: "pending" as const }));
      return { kind: "running", items, settings: action.settings, problem: null };
    }
    case "made":
      return withItem(run, action.index, { kind: "made", clip: action.clip });
    case "failed":
      return withItem(run, action.index, { kind: "failed", problem: action.problem });
    case "ended":
      return { ...run, kind: "ended", items: closed(run.items) };
    case "broken":
      return { ...run, kind: "ended", items: closed(run.items), problem: action.problem };
    case "cancel":
      return run.kind === "running" ? { ...run, kind: "cancelled", items: closed(run.items) } : run;
  }
}

type Outcome = { kind: "made"; clip: BatchClip } | { kind: "failed"; problem: Explanation };

function withItem(run: BatchRun, index: number, outcome: Outcome): BatchRun {
  if (run.kind !== "running") return run;
  const items = run.items.map((item, i) => (i === index ? { ...item, ...outcome } : item));
  return { ...run, items };
}

function closed(items: BatchItem[]): BatchItem[] {
  return items.map((item) => (item.kind === "pending" ? { ...item, kind: "not_made" } : item));
}

/** What the server sent for one line, as an action. */
export function toBatchAction(index: number, result: BatchResult): BatchAction {
  if (!result.success) {
    const problem = explainError(new ApiError(result.code, result.error));
    return { kind: "failed", index, problem };
  }
  const bytes = bytesFromBase64(result.audio);
  const clip = {
    audio: new Blob([bytes], { type: result.media_type }),
    seconds: (bytes.length - wavHeaderBytes) / 2 / result.sample_rate,
    seed: result.seed,
    cutShort: explainFinish(result.finish_reason),
  };
  return { kind: "made", index, clip };
}
