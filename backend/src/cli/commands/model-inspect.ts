// `qwen-tts model inspect`: what a checkpoint folder holds, read from its configs, its tokenizer and the headers
// of its weights. In: a folder. Out: a table on stdout; a faulty checkpoint ends with exit code 1 after it.
import { EngineError, inspectCheckpoint, isSound } from "qwen3-tts";
import { readPositionals, UsageError } from "../arguments.ts";
import { describeCheckpoint, listFindings } from "../checkpoint-description.ts";
import { defineCommand } from "../command.ts";
import { formatTable } from "../figures.ts";

const help = `Usage: qwen-tts model inspect DIR

Prints variant, geometry, parameters and tensors of the checkpoint in DIR, and what is wrong with it.
Reads no weights: it takes a second.`;

export const modelInspect = defineCommand({ help, parse: parseInspect, run: inspect });

function parseInspect(args: string[]): string | null {
  const { values, positionals } = readPositionals(args, {
    help: { type: "boolean", default: false },
  });
  if (values.help) return null;
  return onlyFolder("model inspect", positionals);
}

/** @throws UsageError */
export function onlyFolder(command: string, positionals: readonly string[]): string {
  const [folder, ...others] = positionals;
  if (folder !== undefined && folder !== "" && others.length === 0) return folder;
  throw new UsageError(`'${command}' takes one folder, not ${positionals.length}. See --help.`);
}

async function inspect(folder: string): Promise<void> {
  const summary = await inspectCheckpoint(folder);
  console.log(formatTable(["checkpoint", ""], describeCheckpoint(summary)));
  for (const { title, lines } of listFindings(summary)) {
    console.log(`\n${title}:\n${lines.map((line) => `  ${line}`).join("\n")}`);
  }
  if (!isSound(summary)) throw cannotBeLoaded();
}

/** Printed behind what is wrong. */
export function cannotBeLoaded(): EngineError {
  const remedy = "Fetch its files again, all from one place.";
  return new EngineError("not_ready", `\nThis checkpoint cannot be loaded. ${remedy}`);
}
