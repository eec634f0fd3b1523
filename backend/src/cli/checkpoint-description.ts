// A checkpoint's summary as rows of a table: a name and a value. In: the engine's summary. Out: rows, long
// lists cut short.
import type { CheckpointSummary } from "qwen3-tts";

/** Of missing or unexpected tensors. */
const namesShown = 5;

export function describeCheckpoint(summary: CheckpointSummary): string[][] {
  return [
    ["variant", summary.variant],
    ["size", summary.size],
    ...Object.entries(summary.geometry).map(([name, value]) => [name, String(value)]),
    ...Object.entries(summary.parameters).map(([name, count]) => [
      `parameters, ${name}`,
      thousands(count),
    ]),
    ["tensors", String(summary.tensors)],
    ["missing", shortList(summary.missing)],
    ["unexpected", shortList(summary.unexpected)],
  ];
}

function thousands(count: number): string {
  return count.toLocaleString("en-US");
}

function shortList(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const shown = names.slice(0, namesShown).join(", ");
  const more = names.length - namesShown;
  return more > 0 ? `${shown} and ${more} more` : shown;
}
