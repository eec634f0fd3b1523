// Codec states behind the references of cloned voices. In: a reference's frames, and how to go through them. Out: a state
// to go on from. The last few are kept: a voice is used again and again, and seconds of work lie in each. Knows no streams.
import { copyCodecState, type CodecState, type Frame } from "../model/codec-decoder.ts";

/** 5 MB each for the published codec. */
const mostKept = 8;

export class PrimedStates {
  /** By the reference's frames; the one used last is the last. */
  readonly #kept = new Map<string, CodecState>();

  /** @param prime makes the state; asked only if it is not kept */
  async stateBehind(
    frames: readonly Frame[],
    prime: () => Promise<CodecState>,
  ): Promise<CodecState> {
    const key = frames.map((codes) => Array.from(codes).join()).join(";");
    const state = this.#kept.get(key) ?? (await prime());
    this.#kept.delete(key);
    this.#kept.set(key, state);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept) this.#kept.delete(oldest!);
    return copyCodecState(state);
  }
}
