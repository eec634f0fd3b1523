// A voice's prompt as it lies on the disk. In: bytes from there, or from an imported file. Out: a prompt that belongs
// to the voice, or nothing. What is in it only the engine knows.
import { describeVoicePrompt, EngineError, type VoicePrompt } from "qwen3-tts";
import type { Voice } from "./voice.ts";

/** `size`: of the model that made it, "0.6B". */
export type KeptPrompt = { size: string; data: Uint8Array };

/** Only local models make voices. */
const engine = "local";
/** Of a recording of the longest kind, whatever codec made them. */
const mostFrames = 4_000;
/** Far wider than any model. */
const widest = 16_384;

export function checkedPrompt(
  { size, data }: KeptPrompt,
  { transcript }: Pick<Voice, "transcript">,
): VoicePrompt | undefined {
  try {
    const prompt = { engine, size, data };
    const found = describeVoicePrompt(prompt);
    const fits = found.frames <= mostFrames && found.hiddenSize <= widest;
    return fits && found.transcript === transcript ? prompt : undefined;
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}
