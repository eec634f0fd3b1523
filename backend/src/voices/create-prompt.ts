// What a model of a size keeps of a voice. In: an engine and the size. Out: the maker that the store asks when it has
// no prompt of that size yet.
import { EngineError, type SpeechEngine } from "qwen3-tts";
import type { PromptMaker } from "./kept-prompts.ts";

export function createPrompt(engine: Pick<SpeechEngine, "createVoice">, size: string): PromptMaker {
  return async ({ samples, sampleRate }, transcript) => {
    const wanted = { size, ...(transcript === null ? {} : { transcript }) };
    const prompt = await engine.createVoice?.(samples, sampleRate, wanted);
    if (prompt) return prompt;
    throw new EngineError(
      "unsupported",
      "This engine clones no voices. Use a Qwen3-TTS Base model.",
    );
  };
}
