// The report of `qwen-tts model verify`. In: what was found. Out: Markdown to be pasted into an issue,
// without any path of the machine.
import { availableParallelism, cpus, totalmem } from "node:os";
import { describeCheckpoint, listFindings } from "./checkpoint-description.ts";
import type { CheckpointSummary } from "qwen3-tts";
import { formatMarkdownTable, mebibytes } from "./figures.ts";
import type { PrecisionReport, SpokenSentence } from "./verify-precision.ts";

export type VerifyReport = {
  /** The folder's own name. */
  name: string;
  checkpoint: CheckpointSummary;
  /** Empty where the checkpoint cannot be loaded. */
  precisions: PrecisionReport[];
};

export function formatReport({ name, checkpoint, precisions }: VerifyReport): string {
  return [
    `# Verification of ${name}`,
    machineLine(),
    "## Checkpoint",
    formatMarkdownTable(["what", "found"], describeCheckpoint(checkpoint)),
    ...listFindings(checkpoint).map(findingSection),
    "## Precisions",
    precisions.length === 0
      ? "Not loaded, because of what is wrong with it."
      : formatMarkdownTable(precisionHeader, precisions.map(precisionRow)),
    ...precisions.filter(({ sentences }) => sentences.length > 1).flatMap(sentenceSection),
  ].join("\n\n");
}

function findingSection({ title, lines }: { title: string; lines: string[] }): string {
  return `${title}:\n\n${lines.map((line) => `- ${line}`).join("\n")}`;
}

function machineLine(): string {
  const [cpu] = cpus();
  const memory = `${mebibytes(totalmem())} MiB`;
  const cores = `${availableParallelism()} cores (${cpu?.model.trim() ?? "unknown"})`;
  return `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${cores}, ${memory}.`;
}

const precisionHeader = [
  "precision",
  "load",
  "memory",
  "real-time factor",
  "first audio",
  "hidden cosine to f32",
  "codes as f32",
];

function precisionRow(report: PrecisionReport): string[] {
  const { precision, loadMs, loadedBytes, speed, comparison } = report;
  return [
    precision,
    `${(loadMs / 1000).toFixed(1)} s`,
    `${mebibytes(loadedBytes)} MiB`,
    speed.realTimeFactor.toFixed(2),
    `${speed.firstAudioMsP50.toFixed(0)} ms`,
    comparison === null ? "" : comparison.hiddenCosine.toFixed(5),
    comparison === null ? "" : comparison.codebookAgreement.map(percent).join(" "),
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function sentenceSection({ precision, sentences }: PrecisionReport): string[] {
  const ended = sentences.filter(({ finishReason }) => finishReason === "stop").length;
  return [
    `## End of speech, ${precision}`,
    `${ended} of ${sentences.length} sentences ended by themselves.`,
    formatMarkdownTable(["sentence", "language", "seconds", "end"], sentences.map(sentenceRow)),
  ];
}

function sentenceRow({ text, language, seconds, finishReason }: SpokenSentence): string[] {
  return [text, language, seconds.toFixed(2), finishReason];
}
