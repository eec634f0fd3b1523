// `qwen-tts model verify`: everything that its first owner can find out about a checkpoint on this
// machine. In: a folder. Out: a folder with sample WAVs and a Markdown report, which is printed too, to
// be pasted into an issue. Random weights pass through it as well: it reports and does not judge.
import { mkdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { optional, readPositionals, required, UsageError } from "../arguments.ts";
import { defineCommand, type CommandContext } from "../command.ts";
import { inspectCheckpoint, isSound, type Precision } from "qwen3-tts";
import { checkedThreads, precisions } from "../model-arguments.ts";
import { openOutput, reasonOf, writeText } from "../output.ts";
import { formatReport, type VerifyReport } from "../verify-report.ts";
import { verifyPrecision } from "../verify-precision.ts";
import { cannotBeLoaded, onlyFolder } from "./model-inspect.ts";

export type VerifyOptions = { model: string; out: string; threads: number | null };

const help = `Usage: qwen-tts model verify DIR [options]

Checks the checkpoint in DIR against what is known of its kind, compares each precision with f32,
speaks twenty sentences, measures the speed, and writes samples and a report. Takes minutes.

  --out FOLDER  where samples and report go (verify- and the name of DIR)
  --threads N   threads of the engine (as many as cores)
  --help        show this`;

export const modelVerify = defineCommand({ help, parse: parseVerify, run: verify });

/** @throws UsageError. Null: `--help` was asked for. */
export function parseVerify(args: string[]): VerifyOptions | null {
  const { values, positionals } = readPositionals(args, {
    out: { type: "string" },
    threads: { type: "string" },
    help: { type: "boolean", default: false },
  } as const);
  if (values.help) return null;
  const model = onlyFolder("model verify", positionals);
  return {
    model,
    out: required("--out", values.out ?? `verify-${basename(resolve(model))}`),
    threads: optional(values.threads, checkedThreads),
  };
}

async function verify(options: VerifyOptions, context: CommandContext): Promise<void> {
  const { model: folder, out, threads } = options;
  const checkpoint = await inspectCheckpoint(folder);
  await makeFolder(out);
  const report: VerifyReport = { name: basename(resolve(folder)), checkpoint, precisions: [] };
  const write = async () => {
    const file = await openOutput("--out", join(out, "report.md"), context.signal);
    await writeText(file, formatReport(report));
  };
  await write();
  for (const precision of isSound(checkpoint) ? byImportance : []) {
    const task = { ...context, folder, out, threads, precision };
    report.precisions.push(await verifyPrecision(task));
    // What was found stays, should the next one not fit into memory.
    await write();
  }
  console.log(formatReport(report));
  if (!isSound(checkpoint)) throw cannotBeLoaded();
}

/** The usual one first: its figures are those of a fresh process. */
const byImportance: readonly Precision[] = [
  "int8",
  ...precisions.filter((precision) => precision !== "int8"),
];

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw new UsageError(`--out: ${path} cannot be made: ${reasonOf(error)}.`);
  }
}
