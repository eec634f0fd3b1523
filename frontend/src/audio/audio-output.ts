// The page's way to the loudspeaker: one AudioContext, made in a click as browsers demand, kept for
// the next clip of the same sample rate, and put to sleep when nothing plays.
import { createBufferSourcePlayer } from "./buffer-source-player.ts";
import type { PlayerKind, StreamPlayer } from "./stream-player.ts";
import type { StreamPlayerOptions } from "./stream-player.ts";
import { createWorkletPlayer, loadPlayerWorklet } from "./worklet-player.ts";

const sleepAfterMs = 10_000;

/** AudioWorklet where the browser has it, which plain http on a network does not. */
export function availablePlayer(): PlayerKind {
  return typeof AudioWorkletNode === "function" && "audioWorklet" in AudioContext.prototype
    ? "worklet"
    : "fallback";
}

export class AudioOutput {
  readonly #kind: PlayerKind;
  #context: AudioContext | undefined;
  #workletLoaded = Promise.resolve(false);
  /** Players of the present context that are not finished. */
  #playing = 0;
  #sleepTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(kind: PlayerKind) {
    this.#kind = kind;
  }

  /** Call in the click, with the sample rate that is expected, so that sound may start later. */
  wake(sampleRate: number): void {
    this.#open(sampleRate);
    if (this.#playing === 0) this.#sleepLater();
  }

  /** A player for one clip. `sampleRate` is the clip's; another than expected costs a moment. */
  async createPlayer(sampleRate: number, options: StreamPlayerOptions): Promise<StreamPlayer> {
    const context = this.#open(sampleRate);
    const create = (await this.#workletLoaded) ? createWorkletPlayer : createBufferSourcePlayer;
    const player = create(context, options);
    clearTimeout(this.#sleepTimer);
    this.#playing++;
    void player.finished.then(() => {
      if (this.#context === context && --this.#playing === 0) this.#sleepLater();
    });
    return player;
  }

  #open(sampleRate: number): AudioContext {
    clearTimeout(this.#sleepTimer);
    if (this.#context?.sampleRate !== sampleRate) {
      void this.#context?.close();
      this.#playing = 0;
      this.#context = new AudioContext({ sampleRate, latencyHint: "interactive" });
      this.#workletLoaded = this.#loadWorklet(this.#context);
    }
    if (this.#context.state !== "running") void this.#context.resume();
    return this.#context;
  }

  /** Whether the worklet may be used; where its code cannot be loaded, the fallback plays. */
  async #loadWorklet(context: AudioContext): Promise<boolean> {
    if (this.#kind === "fallback") return false;
    return loadPlayerWorklet(context).then(
      () => true,
      () => false,
    );
  }

  #sleepLater(): void {
    clearTimeout(this.#sleepTimer);
    this.#sleepTimer = setTimeout(() => void this.#context?.suspend(), sleepAfterMs);
  }
}
