// A checkpoint's summary for people: what it is as rows of a table, and what is wrong with it as lists. In: the
// engine's summary. Out: rows, and lists, long ones cut short.
import type { CheckpointSummary } from "qwen3-tts";

/** Of each list. */
const linesShown = 5;

/** A name and a value each. */
export function describeCheckpoint(summary: CheckpointSummary): string[][] {
  const { variant, size, sampleRate, geometry, parameters, tensors } = summary;
  return [
    ["variant", variant],
    ["size", size],
    ["sample rate", `${thousands(sampleRate)} Hz`],
    ...Object.entries(geometry).map(([name, value]) => [inWords(name), thousands(value)]),
    ...Object.entries(parameters).map(([part, count]) => [
      `parameters, ${inWords(part)}`,
      thousands(count),
    ]),
    ["tensors", thousands(tensors)],
    ...findings(summary).map(({ title, lines }) => [title, thousands(lines.length)]),
  ];
}

/** What was found wrong, a title and its lines each; nothing where nothing is. */
export function listFindings(summary: CheckpointSummary): { title: string; lines: string[] }[] {
  return findings(summary)
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) => ({ title, lines: shortened(lines) }));
}

function findings({ missing, misshapen, unexpected, faults }: CheckpointSummary) {
  return [
    { title: "missing tensors", lines: missing },
    { title: "tensors of another shape", lines: misshapen },
    { title: "tensors that nothing reads", lines: unexpected },
    { title: "other faults", lines: faults },
  ];
}

/** "hiddenSize" -> "hidden size" */
function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
}

function thousands(count: number): string {
  return count.toLocaleString("en-US");
}

function shortened(lines: readonly string[]): string[] {
  const more = lines.length - linesShown;
  return more > 0 ? [...lines.slice(0, linesShown), `and ${more} more`] : [...lines];
}
