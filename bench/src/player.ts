// A player at normal speed, simulated. In: when pieces of audio arrived, and what is held back before playing. Out: the
// gaps that a listener would have heard. Knows no sockets.

/** Of one piece: when it was there, and how long it plays. */
export type Arrival = { atMs: number; audioMs: number };

export type Playback = { underruns: number; silentMs: number };

/** Playing begins when `prebufferMs` of audio are there, or all of it; after a gap with the next piece. */
export function playback(arrivals: readonly Arrival[], prebufferMs: number): Playback {
  let [underruns, silentMs, heldMs] = [0, 0, 0];
  /** Until then there is something to play; none before the start. */
  let endMs: number | undefined;
  for (const [index, { atMs, audioMs }] of arrivals.entries()) {
    if (endMs === undefined) {
      heldMs += audioMs;
      if (heldMs >= prebufferMs || index === arrivals.length - 1) endMs = atMs + heldMs;
      continue;
    }
    if (atMs > endMs) {
      underruns += 1;
      silentMs += atMs - endMs;
    }
    endMs = Math.max(endMs, atMs) + audioMs;
  }
  return { underruns, silentMs };
}
