// `qwen-tts voices list|add|rm|export|import`: the voices that are kept on this machine, for the server too. In: names
// and files. Out: kept voices, a table, a file. No model is needed: what one needs of a voice is made when it speaks.
import type { KeptVoice } from "../../voices/voice-files.ts";
import { checkRecording, readRecording } from "../../voices/recording.ts";
import { checkVoiceName } from "../../voices/voice-name.ts";
import { optional, readArguments, readPositionals, required } from "../arguments.ts";
import { defineCommand, type CommandContext } from "../command.ts";
import { formatTable } from "../figures.ts";
import { readInput } from "../input.ts";
import { openOutput } from "../output.ts";
import { onlyArgument, openVoices } from "../voice-arguments.ts";

const helpOption = { help: { type: "boolean", default: false } } as const;

export const voicesList = defineCommand({
  help: `Usage: qwen-tts voices list [--json]

Prints the kept voices. They are in $QWEN_TTS_VOICES, or where this system keeps a user's data.`,
  parse: (args) => {
    const { json, help } = readArguments(args, {
      json: { type: "boolean", default: false },
      ...helpOption,
    });
    return help ? null : { json };
  },
  run: async ({ json }) => {
    const voices = await openVoices().list();
    if (json) console.log(JSON.stringify(voices));
    else
      console.log(formatTable(["name", "kind", "seconds", "transcript", "made"], voices.map(row)));
  },
});

function row({ name, kind, seconds, transcript, created }: KeptVoice): string[] {
  return [name, kind, seconds.toFixed(1), transcript === null ? "no" : "yes", created.slice(0, 10)];
}

export const voicesAdd = defineCommand({
  help: `Usage: qwen-tts voices add NAME --ref-audio F --consent C [--ref-text T]

  --ref-audio F  a WAV file of the voice, 3 to 30 s
  --ref-text T   the transcript of all of it; without one only its timbre is taken
  --consent C    who allowed that the voice is cloned, such as "This is my own voice"
  --help         show this`,
  parse: (args) => {
    const { values, positionals } = readPositionals(args, {
      "ref-audio": { type: "string" },
      "ref-text": { type: "string" },
      consent: { type: "string" },
      ...helpOption,
    });
    if (values.help) return null;
    return {
      name: onlyArgument("voices add", "name", positionals),
      audio: required("--ref-audio", values["ref-audio"]),
      consent: required("--consent", values.consent?.trim()),
      transcript: optional(values["ref-text"], (text) => required("--ref-text", text.trim())),
    };
  },
  run: async ({ name, audio, consent, transcript }, { progress }) => {
    const recording = readRecording(await readInput("--ref-audio", audio));
    const advice = checkRecording(recording, transcript);
    const made = { kind: "clone", source: "upload" } as const;
    const unknown = { description: null, language: null, seed: null };
    const kept = await openVoices().add({
      ...{ name: checkVoiceName(name), ...made, ...unknown },
      ...{ transcript, consent, advice, recording },
    });
    tellKept(kept, progress);
  },
});

export const voicesRemove = defineCommand({
  help: `Usage: qwen-tts voices rm NAME

Removes the voice, its recording with it. There is no way back: export it before.`,
  parse: (args) => parseOne("voices rm", "name", args),
  run: async (name) => openVoices().remove(name),
});

export const voicesExport = defineCommand({
  help: `Usage: qwen-tts voices export NAME --out FILE

  --out FILE  the file to write, all of the voice in it; - is standard output
  --help      show this`,
  parse: (args) => {
    const { values, positionals } = readPositionals(args, {
      out: { type: "string" },
      ...helpOption,
    });
    if (values.help) return null;
    const name = onlyArgument("voices export", "name", positionals);
    return { name, out: required("--out", values.out) };
  },
  run: async ({ name, out }, { signal }) => {
    const bytes = await openVoices().export(name);
    const output = await openOutput("--out", out, signal);
    await output.write(bytes);
    await output.complete();
  },
});

export const voicesImport = defineCommand({
  help: `Usage: qwen-tts voices import FILE [--name NAME]

  --name NAME  keep it under this name instead of its own
  --help       show this`,
  parse: (args) => {
    const { values, positionals } = readPositionals(args, {
      name: { type: "string" },
      ...helpOption,
    });
    if (values.help) return null;
    const file = onlyArgument("voices import", "file", positionals);
    return { file, name: optional(values.name, (name) => required("--name", name)) };
  },
  run: async ({ file, name }, { progress }) => {
    const bytes = await readInput("FILE", file);
    tellKept(await openVoices().import(bytes, { name: name ?? undefined }), progress);
  },
});

function parseOne(command: string, what: string, args: string[]): string | null {
  const { values, positionals } = readPositionals(args, helpOption);
  return values.help ? null : onlyArgument(command, what, positionals);
}

export function tellKept(
  { name, seconds, advice }: KeptVoice,
  progress: CommandContext["progress"],
): void {
  for (const line of advice) progress.warn(line);
  console.log(`The voice '${name}' is kept (${seconds.toFixed(1)} s).`);
}
