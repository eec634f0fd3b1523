// `qwen-tts models` and `models rm`: which speech models are on this machine and which can be had; and taking one
// away. In: a name. Out: a table, or how much is free now.
import {
  formatBytes,
  listCachedModels,
  publishedModels,
  removeCachedModel,
  type CachedModel,
} from "qwen3-tts";
import { readArguments, readPositionals, UsageError } from "../arguments.ts";
import { defineCommand } from "../command.ts";
import { formatTable } from "../figures.ts";
import { repositoryOf } from "./download.ts";

const listHelp = `Usage: qwen-tts models

Lists the speech models in the cache of the Hugging Face hub, and the published ones that are not there.
'qwen-tts download NAME' gets one, 'qwen-tts models rm NAME' takes one away.`;

const removeHelp = `Usage: qwen-tts models rm NAME

Takes a model, or what has arrived of one, out of the cache of the Hugging Face hub. NAME is what 'qwen-tts models' shows.`;

export const models = defineCommand({ help: listHelp, parse: parseList, run: list });
export const modelsRemove = defineCommand({ help: removeHelp, parse: parseRemove, run: remove });

function parseList(args: string[]): object | null {
  return readArguments(args, { help: { type: "boolean", default: false } }).help ? null : {};
}

function parseRemove(args: string[]): string | null {
  const { values, positionals } = readPositionals(args, {
    help: { type: "boolean", default: false },
  });
  if (values.help) return null;
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0) {
    throw new UsageError(`'models rm' takes one model, not ${positionals.length}. See --help.`);
  }
  return repositoryOf(name);
}

async function list(): Promise<void> {
  const cached = await listCachedModels();
  const absent = publishedModels.filter(({ repo }) => !cached.some((model) => model.repo === repo));
  console.log(
    formatTable(
      ["model", "size", "state"],
      [
        ...cached.map((model) => [model.repo, formatBytes(model.bytes), stateWords(model)]),
        ...absent.map(({ repo, bytes }) => [repo, `about ${formatBytes(bytes)}`, "not here"]),
      ],
    ),
  );
}

function stateWords({ repo, complete }: CachedModel): string {
  return complete ? "here" : `not complete: 'qwen-tts download ${repo}' goes on`;
}

async function remove(repo: string): Promise<void> {
  const bytes = await removeCachedModel(repo);
  console.log(`${repo} is gone: ${formatBytes(bytes)} are free now.`);
}
