// Several models behind one engine: what the rest of the server knows of it. Models come and go while it runs.
import type { SpeechEngine } from "qwen3-tts";

export type PoolMemory = {
  budgetBytes: number;
  /** What the loaded models have, and what those that are being loaded were promised. */
  usedBytes: number;
};

export interface PooledEngine extends SpeechEngine {
  createVoice: NonNullable<SpeechEngine["createVoice"]>;
  memory(): PoolMemory;
  /**
   * The folder's model may be asked for from now on; it is loaded when it is needed.
   * @returns its id: "Qwen/Qwen3-TTS-…" for a folder of the Hugging Face cache, else the folder's name
   * @throws EngineError if the folder is no complete checkpoint
   */
  add(folder: string): Promise<string>;
  /**
   * Load it now, as soon as its share of the memory is free. When `signal` aborts, it is no longer waited for.
   * @throws EngineError, or the signal's reason
   */
  load(id: string, signal?: AbortSignal): Promise<void>;
  /** Its requests end first; the next one loads it again. Resolves when its process is gone. */
  unload(id: string): Promise<void>;
  /** As `unload`, and no request finds it any more. */
  remove(id: string): Promise<void>;
}
