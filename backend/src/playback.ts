// What a player at the other end has had of a stream: it holds the recommended prebuffer back, then plays. In: pieces of
// audio as they leave, and for how long each was waited for. Out: the gaps that it must have had. It hears nothing of the
// real player; what a slow reader or network costs is not counted.

export type Piece = {
  /** When it could leave. */
  atMs: number;
  /** For how much of the time before that the engine was waited for. */
  waitedMs: number;
  seconds: number;
};

/** Less is in a sound card's own buffer. */
const leastGapMs = 10;

export class Playback {
  readonly #prebufferSeconds: number;
  #heldSeconds = 0;
  /** When what has left will have been played; none while it is held back. */
  #dryAtMs: number | undefined;

  constructor(prebufferSeconds: number) {
    this.#prebufferSeconds = prebufferSeconds;
  }

  /** @returns seconds of silence before this piece; after them the player goes on at once */
  add({ atMs, waitedMs, seconds }: Piece): number {
    this.#heldSeconds += seconds;
    if (this.#dryAtMs === undefined) {
      if (this.#heldSeconds >= this.#prebufferSeconds) {
        this.#dryAtMs = atMs + 1000 * this.#heldSeconds;
      }
      return 0;
    }
    const gapMs = Math.min(atMs - this.#dryAtMs, waitedMs);
    this.#dryAtMs = Math.max(this.#dryAtMs, atMs) + 1000 * seconds;
    return gapMs < leastGapMs ? 0 : gapMs / 1000;
  }
}
