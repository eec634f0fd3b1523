// `qwen-tts voices design`: a VoiceDesign model speaks once as a description has it, and what it said is kept as a
// voice. In: a name and a description. Out: a kept voice.
import { EngineError, loadModel, type LocalModel } from "qwen3-tts";
import { designVoice } from "../../voices/design-voice.ts";
import { checkVoiceName } from "../../voices/voice-name.ts";
import { integer, optional, readPositionals, required } from "../arguments.ts";
import { defineCommand, type CommandContext } from "../command.ts";
import {
  checkedPrecision,
  checkedThreads,
  defaultPrecision,
  loadOptions,
} from "../model-arguments.ts";
import { languageOf } from "../speech.ts";
import { onlyArgument, openVoices } from "../voice-arguments.ts";
import { tellKept } from "./voices.ts";

const help = `Usage: qwen-tts voices design NAME --description D --consent C --model DIR [options]

  --description D  the voice in words: "A deep, slow voice of an old man."
  --consent C      who answers for it, such as "Designed by me, it is nobody's voice"
  --model DIR      folder of a Qwen3-TTS VoiceDesign checkpoint
  --text T         what it says once, some ten seconds (a text of its language)
  --language L     of the text (English)
  --seed N         the same seed designs the same voice (drawn)
  --precision P    f32, int8 or int4 (int8)
  --threads N      threads of the engine (as many as cores)
  --help           show this`;

const argumentTypes = {
  description: { type: "string" },
  consent: { type: "string" },
  model: { type: "string" },
  text: { type: "string" },
  language: { type: "string", default: "English" },
  seed: { type: "string" },
  precision: { type: "string", default: defaultPrecision },
  threads: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

export const voicesDesign = defineCommand({ help, parse, run });

type Options = NonNullable<ReturnType<typeof parse>>;

function parse(args: string[]) {
  const { values, positionals } = readPositionals(args, argumentTypes);
  if (values.help) return null;
  return {
    name: checkVoiceName(onlyArgument("voices design", "name", positionals)),
    description: required("--description", values.description?.trim()),
    consent: required("--consent", values.consent?.trim()),
    model: required("--model", values.model),
    text: optional(values.text, (text) => required("--text", text.toWellFormed().trim())),
    language: values.language,
    seed: optional(values.seed, (seed) =>
      integer("--seed", seed, { min: 0, max: Number.MAX_SAFE_INTEGER }),
    ),
    precision: checkedPrecision(values.precision),
    threads: optional(values.threads, checkedThreads),
  };
}

async function run(options: Options, { signal, progress }: CommandContext): Promise<void> {
  const { name, description, consent, text, seed } = options;
  const voices = openVoices();
  await voices.checkFree(name);
  progress.phase("Loading the model");
  const engine = await loadModel(options.model, { ...loadOptions(options), rows: 1 });
  try {
    checkDesigns(engine);
    progress.phase("Speaking");
    const language = languageOf(engine.info, options.language);
    const design = { name, description, consent, language };
    const given = { text: text ?? undefined, seed: seed ?? undefined };
    const voice = await designVoice({ engine, model: null }, { ...design, ...given }, signal);
    tellKept(await voices.add(voice), progress);
  } finally {
    await engine.close();
  }
}

function checkDesigns({ info }: LocalModel): void {
  if (info.variant === "voice_design") return;
  throw new EngineError(
    "unsupported",
    "--model is no VoiceDesign model. Only one of these designs voices: Qwen/Qwen3-TTS-12Hz-1.7B-VoiceDesign.",
  );
}
