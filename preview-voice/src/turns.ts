// Whose segment is spoken next. In: the requests and the workers, as plain data. Out: one request, or
// none. The policy alone: no threads, no audio, no time.

export type Turn = {
  id: number;
  background: boolean;
  /** It has a segment left, none being spoken, and its consumer can take more. */
  willing: boolean;
  /** Segments spoken so far. */
  turns: number;
};

export type Places = {
  /** Syntheses at a time. One more place is kept for requests that somebody listens to. */
  cores: number;
  busy: number;
  /** Of `busy`, those that speak for background requests. */
  busyBackground: number;
};

/**
 * Who has had the fewest turns goes first, so a short request does not wait for long ones, and a
 * request without audio goes before all that have some. Listened to goes before background.
 */
export function nextTurn(turns: readonly Turn[], places: Places): number | null {
  const { cores, busy, busyBackground } = places;
  const mayLive = busy < cores || (busy === cores && busyBackground > 0);
  const mayBackground = busy < cores;
  const candidates = turns.filter(
    (turn) => turn.willing && (turn.background ? mayBackground : mayLive),
  );
  const [first] = candidates.sort(
    (a, b) => Number(a.background) - Number(b.background) || a.turns - b.turns || a.id - b.id,
  );
  return first?.id ?? null;
}
