// Whose segment is spoken next, and whose is interrupted for it. In: the requests, as plain data. Out:
// one of them, or none. The policy alone: no threads, no audio, no time.

export type Turn = {
  id: number;
  /** Nobody listens while it is made. */
  background: boolean;
  /** It has a segment left, none being spoken, and its consumer can take more. */
  willing: boolean;
  /** Turns it has had. */
  turns: number;
};

export type Speaking = {
  id: number;
  background: boolean;
  /** Samples of the segment that are made. */
  samples: number;
  /** It was interrupted before: once a segment is enough, so that it ends some day. */
  interrupted: boolean;
};

/**
 * Who has had the fewest turns goes first, so that a short request does not wait for long ones, and one
 * without audio goes before all that have some. Listened to goes before background.
 */
export function nextTurn(turns: readonly Turn[]): Turn | undefined {
  return turns
    .filter((turn) => turn.willing)
    .sort(
      (a, b) => Number(a.background) - Number(b.background) || a.turns - b.turns || a.id - b.id,
    )[0];
}

/**
 * When no place is free and somebody waits to hear the first of a request: the segment to interrupt.
 * A background one, or else one that has given its listener enough to go on with.
 * @param enoughSamples audio that bridges the time until its next turn
 */
export function nextInterrupted(
  turns: readonly Turn[],
  speaking: readonly Speaking[],
  enoughSamples: number,
): Speaking | undefined {
  const next = nextTurn(turns);
  if (next === undefined || next.background || next.turns > 0) return undefined;
  return speaking
    .filter((one) => !one.interrupted && (one.background || one.samples >= enoughSamples))
    .sort((a, b) => Number(b.background) - Number(a.background) || b.samples - a.samples)[0];
}
