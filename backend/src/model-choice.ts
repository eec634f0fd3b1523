// Which model speaks a request. In: the engine's models and what the request needs. Out: the first model that has
// all of it, or why there is none and how to get one. The same models and needs give the same choice, whatever is
// loaded: a seed must not sound different because another model happened to be in memory.
import type { ModelStatus } from "qwen3-tts";
import { RequestError } from "./request-error.ts";

export type VoiceNeed =
  /** `speaker` null: any speaker will do. `kept`: names that would do as well, for a refusal. */
  | { kind: "preset"; speaker: string | null; kept?: readonly string[] }
  /** `size` null: any size will do. */
  | { kind: "clone"; size: string | null }
  | { kind: "design" };

export type SpeechNeed = {
  /** An id, its last part, or a variant, without regard to case; null: whichever fits. */
  model: string | null;
  voice: VoiceNeed;
  instruct: boolean;
  /** Null: whatever the model has. */
  language: string | null;
};

/** @throws RequestError `unsupported`, `unknown_speaker`, `unknown_language`, `engine_not_ready` */
export function chooseModel(models: readonly ModelStatus[], need: SpeechNeed): ModelStatus {
  if (models.length === 0) throw new RequestError("engine_not_ready", "The engine has no model.");
  const named = need.model === null ? models : namedModels(models, need.model);
  const voiced = withVoice(named, need.voice);
  const { language } = need;
  const speaking =
    language === null
      ? voiced
      : voiced.filter((model) => hasName([...model.languages, "Auto"], language));
  if (speaking.length === 0) throw unknownLanguage(need.language!, voiced);
  if (!need.instruct) return speaking[0]!;
  const chosen = speaking.find(({ instruct }) => instruct.honoured);
  if (chosen) return chosen;
  throw unsupported(`'instruct' cannot be used: ${reasonOf(speaking[0]!.instruct)}`);
}

export function findName(wanted: string, names: readonly string[]): string | undefined {
  return names.find((name) => name.toLowerCase() === wanted.toLowerCase());
}

function hasName(names: readonly string[], wanted: string): boolean {
  return findName(wanted, names) !== undefined;
}

function namedModels(models: readonly ModelStatus[], wanted: string): readonly ModelStatus[] {
  const named = models.filter(({ id, variant }) =>
    hasName([id, lastPart(id), variant ?? id], wanted),
  );
  if (named.length > 0) return named;
  const ids = models.map(({ id }) => id).join(", ");
  throw unsupported(
    `There is no model '${shorten(wanted)}' here, only ${ids}. ${remedyFor(wanted)}`,
  );
}

function lastPart(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}

function withVoice(models: readonly ModelStatus[], voice: VoiceNeed): readonly ModelStatus[] {
  switch (voice.kind) {
    case "preset":
      return withSpeaker(models, voice);
    case "clone":
      return withClones(models, voice.size);
    case "design": {
      const designing = models.filter(({ design }) => design.honoured);
      if (designing.length > 0) return designing;
      throw unsupported(
        `'voice_description' cannot be used: ${reasonOf(models[0]!.design)} ${remedies.voice_design}`,
      );
    }
    default:
      return voice satisfies never;
  }
}

function withSpeaker(
  models: readonly ModelStatus[],
  { speaker, kept = [] }: Extract<VoiceNeed, { kind: "preset" }>,
): readonly ModelStatus[] {
  const speakersOf = (model: ModelStatus): string[] => model.speakers.map(({ name }) => name);
  const presets = new Set(models.flatMap(speakersOf));
  const available = [...presets, ...kept];
  if (speaker === null ? presets.size === 0 : available.length === 0) {
    throw unsupported(
      `The model ${models[0]!.id} has no speakers of its own; it needs a voice or a description. ` +
        remedies.custom_voice,
    );
  }
  const speaking = models.filter((model) =>
    speaker === null ? model.speakers.length > 0 : hasName(speakersOf(model), speaker),
  );
  if (speaking.length > 0) return speaking;
  throw new RequestError(
    "unknown_speaker",
    `Unknown speaker '${shorten(speaker ?? "")}'. Available speakers: ${available.join(", ")}.`,
    { available },
  );
}

function withClones(models: readonly ModelStatus[], size: string | null): readonly ModelStatus[] {
  const cloning = models.filter(({ clone }) => clone.honoured);
  if (cloning.length === 0) {
    throw unsupported(
      `A cloned voice cannot be used: ${reasonOf(models[0]!.clone)} ${remedies.base}`,
    );
  }
  const fitting = cloning.filter((model) => size === null || model.size === size);
  if (fitting.length > 0) return fitting;
  throw unsupported(
    `The voice was made for Base models of ${size}, and there is only ${cloning[0]!.id}. ` +
      (size === "1.7B" ? wayTo("Qwen/Qwen3-TTS-12Hz-1.7B-Base") : remedies.base),
  );
}

function unknownLanguage(name: string, models: readonly ModelStatus[]): RequestError {
  const available = [...new Set(models.flatMap(({ languages }) => languages)), "Auto"];
  const hint = dialects.test(name)
    ? " A dialect is no language of its own: a speaker brings it (Dylan that of Beijing, Eric that of Sichuan), with the language Chinese or Auto."
    : "";
  return new RequestError(
    "unknown_language",
    `Unknown language '${shorten(name)}'. Available languages: ${available.join(", ")}.${hint}`,
    { available },
  );
}

const dialects = /dialect|beijing|sichuan|cantonese|\bwu\b|minnan/i;

function wayTo(repo: string): string {
  return (
    `Get ${repo}: 'qwen-tts download ${repo}', or POST /models/${encodeURIComponent(repo)}/download, ` +
    "or start the server with its folder as --model DIR."
  );
}

/** The smallest published model that has it. */
const remedies = {
  custom_voice: wayTo("Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice"),
  voice_design: wayTo("Qwen/Qwen3-TTS-12Hz-1.7B-VoiceDesign"),
  base: wayTo("Qwen/Qwen3-TTS-12Hz-0.6B-Base"),
};

function remedyFor(wanted: string): string {
  const name = wanted.toLowerCase();
  const published = Object.keys(remedies).find((variant) => variant === name);
  if (published !== undefined) return remedies[published as keyof typeof remedies];
  const isRepo = /^(qwen\/)?qwen3-tts-12hz-[\w.]+-(customvoice|voicedesign|base)$/i.test(wanted);
  if (isRepo) return wayTo(wanted.includes("/") ? wanted : `Qwen/${wanted}`);
  return "Leave 'model' out, or name one of these.";
}

function reasonOf(honoured: ModelStatus["instruct"]): string {
  return honoured.honoured ? "" : honoured.reason;
}

function unsupported(message: string): RequestError {
  return new RequestError("unsupported", message);
}

/** A value for an error message: never more of it than one line. */
export function shorten(text: string): string {
  const characters = [...text];
  return characters.length <= 40 ? text : `${characters.slice(0, 40).join("")}…`;
}
