// Which model would speak with these settings, and which can be chosen. In: what the server has, the
// settings. Out: models of its list. Knows nothing of React.
import type { HonouredBody, ModelBody } from "qwen-tts/protocol";
import type { ServerInfo } from "./server-watch.ts";
import { speakingModel } from "./server-watch.ts";
import type { Settings } from "./settings.ts";

type Choice = Pick<Settings, "speaker" | "model">;

/** The models that can speak with this speaker or kept voice now. */
export function modelsFor({ capabilities, speakers }: ServerInfo, speaker: string): ModelBody[] {
  const usable = capabilities.models.filter(isUsable);
  const chosen = speakers.speakers.find(({ name }) => name === speaker);
  if (chosen?.kind === "voice") return usable.filter(({ voices }) => voices.honoured);
  return usable.filter((model) => model.speakers.some(({ name }) => name === speaker));
}

/** The model that would speak; undefined where there is none. */
export function modelFor(
  info: ServerInfo | null,
  { speaker, model }: Choice,
): ModelBody | undefined {
  if (!info) return undefined;
  const able = modelsFor(info, speaker);
  return (
    able.find(({ id }) => id === model) ??
    speakingModel(able) ??
    speakingModel(info.capabilities.models)
  );
}

/** Whether some model can do it, and if none, why not and what to do. */
export function canDo(info: ServerInfo | null, feature: "voices" | "design"): HonouredBody {
  const models = info?.capabilities.models ?? [];
  if (models.some((model) => isUsable(model) && model[feature].honoured)) return { honoured: true };
  const reasons = models.map((model) => model[feature]).filter((said) => !said.honoured);
  return reasons[0] ?? { honoured: false, reason: needs[feature] };
}

/** Where the server gives no reason of its own. */
const needs = {
  voices: "This needs a Qwen3-TTS Base model.",
  design: "This needs a Qwen3-TTS VoiceDesign model.",
} as const;

function isUsable({ state }: ModelBody): boolean {
  return state === "ready" || state === "idle" || state === "loading";
}
