// A request for the engine from what the user asked for and what the model is. In: options and the
// model's description. Out: a request, or one line that says which option does not fit this model.
import type { LocalModel, ModelInfo, SpeechRequest, Voice, VoicePrompt } from "qwen3-tts";
import { findName } from "../model-choice.ts";
import { UsageError } from "./arguments.ts";
import type { Audio } from "./input.ts";

/** The speaker of the server's default, where the model has it. */
const usualSpeaker = "Ryan";

export type VoiceOptions = {
  speaker: string | null;
  /** Of the name that `speaker` is, and what this model makes of it. */
  kept: { name: string; prompt: () => Promise<VoicePrompt> } | null;
  instruct: string | null;
  reference: (Audio & { transcript: string | null }) | null;
};

/** What a voice needs of a loaded model. */
export type VoiceModel = Pick<LocalModel, "info" | "createVoice">;

/** Voice and instruction: a VoiceDesign model takes the instruction as its voice. */
export async function voiceOf(
  model: VoiceModel,
  options: VoiceOptions,
): Promise<Pick<SpeechRequest, "voice" | "instruct">> {
  const { info } = model;
  checkFit(info, options);
  const { instruct } = options;
  switch (info.variant) {
    case "custom_voice": {
      const voice: Voice = { kind: "preset", speaker: speakerOf(info, options) };
      return instruct === null ? { voice } : { voice, instruct };
    }
    case "voice_design":
      return { voice: { kind: "design", description: instruct ?? "" } };
    case "base":
      return { voice: await cloneOf(model, options) };
    default:
      info.variant satisfies never;
      throw new TypeError(`Unknown variant ${String(info.variant)}`);
  }
}

const variantNames = {
  custom_voice: "CustomVoice",
  voice_design: "VoiceDesign",
  base: "Base",
} as const satisfies Record<ModelInfo["variant"], string>;

/** @throws UsageError for an option that this kind of model has no use for */
function checkFit({ variant }: ModelInfo, options: VoiceOptions): void {
  const { speaker, kept, instruct, reference } = options;
  if (variant === "base" && speaker !== null && kept === null) {
    const remedy = "'qwen-tts voices list' has the names, 'qwen-tts voices add' keeps one.";
    throw new UsageError(`--speaker: there is no voice '${speaker}'. ${remedy}`);
  }
  const fitting = {
    "--speaker": speaker === null || variant !== "voice_design",
    "--instruct": instruct === null || variant !== "base",
    "--ref-audio": reference === null || variant === "base",
  };
  const wrong = Object.entries(fitting).find(([, fits]) => !fits)?.[0];
  if (wrong === undefined) return;
  throw new UsageError(`${wrong} cannot be used with a ${variantNames[variant]} model.`);
}

/** A model's own speaker comes before a voice of that name. */
function speakerOf({ speakers }: ModelInfo, { speaker: wanted, kept }: VoiceOptions): string {
  if (wanted === null) {
    return findName(usualSpeaker, speakers) ?? speakers[0] ?? "";
  }
  const found = wanted === "" ? "" : findName(wanted, speakers);
  if (found !== undefined) return found;
  if (kept !== null) {
    throw new UsageError(
      `The voice '${kept.name}' needs a Base model: leave --model out, or give the folder of one.`,
    );
  }
  throw new UsageError(
    `--speaker must be one of ${speakers.join(", ")}, or a kept voice, not '${wanted}'.`,
  );
}

export function languageOf({ languages }: ModelInfo, wanted: string | null): string {
  const choices = [...languages, "Auto"];
  const found = findName(wanted ?? "Auto", choices);
  if (found !== undefined) return found;
  throw new UsageError(`--language must be one of ${choices.join(", ")}, not '${wanted ?? ""}'.`);
}

async function cloneOf(model: VoiceModel, { kept, reference }: VoiceOptions): Promise<Voice> {
  if (kept !== null) return { kind: "clone", prompt: await kept.prompt() };
  if (reference === null) {
    throw new UsageError(
      "A Base model has no speakers of its own: give --ref-audio with a recording of the voice, or --speaker with a " +
        "kept one.",
    );
  }
  const { samples, sampleRate, transcript } = reference;
  const prompt = await model.createVoice(samples, sampleRate, {
    transcript: transcript ?? undefined,
  });
  return { kind: "clone", prompt };
}
