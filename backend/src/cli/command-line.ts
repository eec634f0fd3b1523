// The words before the options: which command is meant. In: all arguments. Out: the command, loaded only
// when it is the one, so that each starts fast. Knows nothing of their options.
import { UsageError } from "./arguments.ts";
import type { Command } from "./command.ts";

/** `command` null: the server, which is also what options without a command mean. */
export type Chosen = { command: Command | null; args: string[] };

const commands = new Map<string, () => Promise<Command>>([
  ["speak", async () => (await import("./commands/speak.ts")).speak],
  ["codec decode", async () => (await import("./commands/codec-decode.ts")).codecDecode],
  ["codec encode", async () => (await import("./commands/codec-encode.ts")).codecEncode],
  [
    "speaker-embedding",
    async () => (await import("./commands/speaker-embedding.ts")).speakerEmbeddingCommand,
  ],
  ["download", async () => (await import("./commands/download.ts")).download],
  ["models", async () => (await import("./commands/models.ts")).models],
  ["models rm", async () => (await import("./commands/models.ts")).modelsRemove],
  ["bench", async () => (await import("./commands/bench.ts")).bench],
  ["model inspect", async () => (await import("./commands/model-inspect.ts")).modelInspect],
  ["model verify", async () => (await import("./commands/model-verify.ts")).modelVerify],
  ["voices list", async () => (await import("./commands/voices.ts")).voicesList],
  ["voices add", async () => (await import("./commands/voices.ts")).voicesAdd],
  ["voices design", async () => (await import("./commands/voices-design.ts")).voicesDesign],
  ["voices rm", async () => (await import("./commands/voices.ts")).voicesRemove],
  ["voices export", async () => (await import("./commands/voices.ts")).voicesExport],
  ["voices import", async () => (await import("./commands/voices.ts")).voicesImport],
]);

/** @throws UsageError */
export async function chooseCommand(args: string[]): Promise<Chosen> {
  const [first, second] = args;
  if (first === undefined || first.startsWith("-")) return { command: null, args };
  if (first === "serve") return { command: null, args: args.slice(1) };
  const twoWords = commands.get(`${first} ${second ?? ""}`);
  if (twoWords) return { command: await twoWords(), args: args.slice(2) };
  const oneWord = commands.get(first);
  if (oneWord) return { command: await oneWord(), args: args.slice(1) };
  throw new UsageError(unknownCommand(first));
}

function unknownCommand(word: string): string {
  const names = [...commands.keys()];
  const ofGroup = names.filter((name) => name.startsWith(`${word} `));
  if (ofGroup.length > 0) return `'${word}' needs a second word: ${ofGroup.join(" or ")}.`;
  return `Unknown command '${word}'. Commands: serve, ${names.join(", ")}. See --help.`;
}
