// Why a button is disabled, in one sentence beside it.
import { limits } from "qwen-tts/protocol";
import { canDo } from "./model-choice.ts";
import type { ServerInfo, ServerState } from "./server-watch.ts";
import { seedProblem, textLength } from "./settings.ts";
import type { Settings } from "./settings.ts";

/** Why nothing can be asked of the server now; undefined when it can. */
export function serverBlocks({ info, needsKey, reach }: ServerState): string | undefined {
  if (needsKey) return "Enter the API key first.";
  if (info) return undefined;
  return reach === "unreachable" ? "The server does not answer." : "Connecting to the server…";
}

/** Why nobody can speak: no speakers, or a kept voice without a model for it. */
export function speakerBlocks(info: ServerInfo | null, speaker: string): string | undefined {
  if (!info) return undefined;
  const { speakers } = info.speakers;
  if (speakers.length === 0)
    return "The model has no speakers of its own: make a voice under Voices, or get a CustomVoice model under Models.";
  const cloning = canDo(info, "voices");
  const isVoice = speakers.some(({ name, kind }) => name === speaker && kind === "voice");
  return isVoice && !cloning.honoured ? cloning.reason : undefined;
}

/** Why these settings cannot be used. */
export function settingsBlock({ seed, instruct }: Settings): string | undefined {
  if (textLength(instruct) > limits.instructLength) return "The style is too long.";
  return seedProblem(seed);
}

/** Why this text cannot be spoken. */
export function textBlocks(text: string): string | undefined {
  const length = textLength(text);
  if (length === 0) return "Type a text first.";
  if (length > limits.textLength)
    return `The text is too long: at most ${limits.textLength.toLocaleString()} characters.`;
  return undefined;
}
