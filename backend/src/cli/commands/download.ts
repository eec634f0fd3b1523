// `qwen-tts download`: a model from the hub into the cache that Hugging Face's own tools use. In: a name. Out: the
// folder of its snapshot on stdout. Stopped, it goes on where it was when it is called again.
import {
  downloadModel,
  findPublishedModel,
  formatBytes,
  publishedModels,
  type DownloadProgress,
} from "qwen3-tts";
import { downloadWords } from "../../engines/arrival/download-report.ts";
import { readPositionals, UsageError } from "../arguments.ts";
import { defineCommand, type CommandContext } from "../command.ts";

const [recommended] = publishedModels;
const names = publishedModels.map(({ repo }) => repo.split("12Hz-")[1]).join(", ");

const help = `Usage: qwen-tts download [REPO|VARIANT] [--revision R]

Gets a model from the Hugging Face hub into its cache and prints the folder. Stopped or cut, it goes on where
it was when it is called again.

  REPO          ORG/NAME on the hub (default: ${recommended!.repo})
  VARIANT       one of ${names},
                or custom_voice, voice_design, base: the smallest of them
  --revision R  a branch or a commit (default: main)

Read from the environment: HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE, HTTPS_PROXY, NO_PROXY.`;

type DownloadCommandOptions = { repo: string; revision: string };

export const download = defineCommand({ help, parse, run });

function parse(args: string[]): DownloadCommandOptions | null {
  const { values, positionals } = readPositionals(args, {
    help: { type: "boolean", default: false },
    revision: { type: "string", default: "main" },
  });
  if (values.help) return null;
  const [name = recommended!.repo, ...others] = positionals;
  if (others.length > 0) throw new UsageError("'download' takes one model. See --help.");
  return { repo: repositoryOf(name), revision: values.revision };
}

/** @throws UsageError */
export function repositoryOf(name: string): string {
  const repo = findPublishedModel(name)?.repo ?? name;
  if (/^[^/]+\/[^/]+$/.test(repo)) return repo;
  throw new UsageError(`'${name}' is no model. Name one of ${names}, or ORG/NAME on the hub.`);
}

async function run(
  { repo, revision }: DownloadCommandOptions,
  { signal, progress }: CommandContext,
): Promise<void> {
  progress.phase(`Looking for ${repo}`);
  let told = false;
  const onProgress = (state: DownloadProgress): void => {
    if (!told) progress.note(`Downloading ${repo}: ${formatBytes(state.bytesTotal)}.`);
    told = true;
    progress.line(downloadWords(state));
  };
  const folder = await downloadModel(repo, {
    ...{ revision, signal, onProgress },
    onWait: ({ pid, repo: other }) =>
      progress.warn(`Process ${pid} is downloading ${other} into this cache: waiting for it.`),
  });
  progress.end();
  console.log(folder);
}
