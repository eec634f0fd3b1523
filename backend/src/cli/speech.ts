// A request for the engine from what the user asked for and what the model is. In: options and the
// model's description. Out: a request, or one line that says which option does not fit this model.
import { randomInt } from "node:crypto";
import type { SpeechRequest, Voice } from "qwen3-tts";
import { UsageError } from "./arguments.ts";
import type { LocalModel, ModelInfo } from "qwen3-tts";
import type { Audio } from "./input.ts";

/** The speaker of the server's default, where the model has it. */
const usualSpeaker = "Ryan";

/** Seeds that are drawn: every value fits a 32-bit generator. */
const drawnSeeds = 2 ** 32;

export type VoiceOptions = {
  speaker: string | null;
  instruct: string | null;
  reference: (Audio & { transcript: string | null }) | null;
};

/** What a voice needs of a loaded model. */
export type VoiceModel = Pick<LocalModel, "info" | "createVoice">;

export function drawSeed(): number {
  return randomInt(drawnSeeds);
}

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
      const voice: Voice = { kind: "preset", speaker: speakerOf(info, options.speaker) };
      return instruct === null ? { voice } : { voice, instruct };
    }
    case "voice_design":
      return { voice: { kind: "design", description: instruct ?? "" } };
    case "base":
      return { voice: await cloneOf(model, options.reference) };
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
function checkFit(info: ModelInfo, options: VoiceOptions): void {
  const fitting = {
    "--speaker": options.speaker === null || info.variant === "custom_voice",
    "--instruct": options.instruct === null || info.variant !== "base",
    "--ref-audio": options.reference === null || info.variant === "base",
  };
  const wrong = Object.entries(fitting).find(([, fits]) => !fits)?.[0];
  if (wrong === undefined) return;
  throw new UsageError(`${wrong} cannot be used with a ${variantNames[info.variant]} model.`);
}

function speakerOf({ speakers }: ModelInfo, wanted: string | null): string {
  if (wanted === null) {
    return findName(usualSpeaker, speakers) ?? speakers[0] ?? "";
  }
  const found = wanted === "" ? "" : findName(wanted, speakers);
  if (found !== undefined) return found;
  throw new UsageError(`--speaker must be one of ${speakers.join(", ")}, not '${wanted}'.`);
}

export function languageOf({ languages }: ModelInfo, wanted: string | null): string {
  const choices = [...languages, "Auto"];
  const found = findName(wanted ?? "Auto", choices);
  if (found !== undefined) return found;
  throw new UsageError(`--language must be one of ${choices.join(", ")}, not '${wanted ?? ""}'.`);
}

async function cloneOf(model: VoiceModel, reference: VoiceOptions["reference"]): Promise<Voice> {
  if (reference === null) {
    throw new UsageError(
      "A Base model has no speakers of its own: give --ref-audio with a recording of the voice.",
    );
  }
  const { samples, sampleRate, transcript } = reference;
  const prompt = await model.createVoice(samples, sampleRate, {
    transcript: transcript ?? undefined,
  });
  return { kind: "clone", prompt };
}

function findName(wanted: string, names: readonly string[]): string | undefined {
  return names.find((name) => name.toLowerCase() === wanted.toLowerCase());
}
