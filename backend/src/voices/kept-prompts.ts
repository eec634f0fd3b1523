// Prompts of kept voices: made once for a size of model, by whoever brings the model, and kept beside the voice. In: a
// voice and a maker. Out: its prompt. Those who ask for the same one at the same time get the same one.
import type { VoicePrompt } from "qwen3-tts";
import { RequestError } from "../request-error.ts";
import type { KeptPrompt } from "./prompt-bytes.ts";
import type { Recording } from "./recording.ts";
import type { VoiceFiles } from "./voice-files.ts";
import { isMissing } from "./voice-folders.ts";
import { voiceFolder } from "./voice-name.ts";
import type { Voice } from "./voice.ts";

export type PromptMaker = (recording: Recording, transcript: string | null) => Promise<VoicePrompt>;

export type KeptPromptsOptions = {
  filesOf: (name: string) => VoiceFiles;
  recordingOf: (name: string) => Promise<Recording>;
  /** Runs a change after those that were asked for before. */
  inTurn: (change: () => Promise<void>) => Promise<void>;
};

export class KeptPrompts {
  readonly #options: KeptPromptsOptions;
  /** Those that are being read or made. */
  readonly #making = new Map<string, Promise<VoicePrompt>>();

  constructor(options: KeptPromptsOptions) {
    this.#options = options;
  }

  /** @throws RequestError, EngineError */
  get(voice: Voice, size: string, make: PromptMaker): Promise<VoicePrompt> {
    const key = JSON.stringify([voiceFolder(voice.name), size, voice.created, voice.transcript]);
    let prompt = this.#making.get(key);
    if (!prompt) {
      prompt = this.#keptOrMade(voice, size, make).finally(() => this.#making.delete(key));
      this.#making.set(key, prompt);
    }
    return prompt;
  }

  async #keptOrMade(voice: Voice, size: string, make: PromptMaker): Promise<VoicePrompt> {
    const { filesOf, recordingOf, inTurn } = this.#options;
    const kept = await filesOf(voice.name).prompt(voice, size);
    if (kept) return kept;
    const prompt = await make(await recordingOf(voice.name), voice.transcript);
    await inTurn(() => this.#keep(voice, { size, data: prompt.data }));
    return prompt;
  }

  /** Unless the voice is gone meanwhile, or another one has its name. */
  async #keep(voice: Voice, prompt: KeptPrompt): Promise<void> {
    const files = this.#options.filesOf(voice.name);
    try {
      const now = await files.voice();
      if (now?.created !== voice.created || now.transcript !== voice.transcript) return;
      await files.replacePrompt(prompt);
    } catch (error) {
      if (!(error instanceof RequestError) && !isMissing(error)) throw error;
    }
  }
}
