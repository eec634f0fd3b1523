// The policy: what the next step does. In: how the rows stand, as plain data. Out: a plan, as plain data.
// Tested without a model. Knows no streams, no model and no clock.

export type RowPhase = "prefill" | "speaking" | "finished";

/** How one row stands. */
export type RowView = {
  phase: RowPhase;
  /** Somebody listens while it is made. */
  live: boolean;
  /** Its consumer has enough to drink; it makes no more until some is taken. */
  parked: boolean;
  /** Frames whose audio was made. */
  decodedFrames: number;
  /** Frames of codes that wait for the codec. */
  pendingFrames: number;
  /** The codec is at work on its first frame. */
  isFirstDecoding: boolean;
  /** Somebody listens who has heard nothing yet, and its first frame is still to be made. */
  awaited: boolean;
  /** Nobody misses anything if its next frame comes later. */
  canWait: boolean;
  /** When it made its last frame, or could have made its first. */
  lastFrameMs: number;
};

export type Plan<Row> = {
  /**
   * Takes in a part of its prompt: one row at a time, so that the others lose no more than that, and first one that
   * somebody listens to.
   */
  prefill: Row | undefined;
  /** Make a frame each. */
  step: Row[];
};

/** Codec calls never grow beyond this: a listener would wait for the last of many frames. */
export const largestCall = 4;

/** A row makes no more frames while so many wait for the codec, which is then what holds it up. */
const mostPending = 2 * largestCall;

/** What rows may take of a model at a time. */
export type Room = {
  rows: number;
  /** Of the model's memory for what was said before; a row takes as many as the longest of them. */
  positions: number;
};

/**
 * Whether a request may join. The memory of rows lies side by side, each with room for the longest.
 * @param joined what the others may come to need @param asked what it may come to need
 */
export function hasRoom(joined: readonly number[], asked: number, room: Room): boolean {
  const rows = joined.length + 1;
  return rows <= room.rows && rows * Math.max(asked, ...joined) <= room.positions;
}

/**
 * A step beside a codec call makes both take about twice as long. So nothing goes on beside a listener's first sound: it
 * comes sooner, and all others lose next to nothing. Nor do those who can wait make frames before it, and no other prompt
 * is taken in between.
 * @param rows in the order in which they came
 * @param sharesSteps of the model
 */
export function planStep<Row extends { view: RowView }>(
  rows: readonly Row[],
  sharesSteps: boolean,
): Plan<Row> {
  if (rows.some(({ view }) => view.live && view.isFirstDecoding)) {
    return { prefill: undefined, step: [] };
  }
  const able = rows.filter(({ view }) => {
    return view.phase === "speaking" && !view.parked && view.pendingFrames < mostPending;
  });
  const hurried = able.filter(({ view }) => view.awaited || !view.canWait);
  const step = (asked: Row[]) => (sharesSteps ? asked : nextInTurn(asked));
  if (able.some(({ view }) => view.awaited)) return { prefill: undefined, step: step(hurried) };
  const prompts = rows.filter(({ view }) => view.phase === "prefill");
  const awaited = prompts.find(({ view }) => view.awaited);
  if (awaited) return { prefill: awaited, step: step(hurried) };
  return { prefill: prompts[0], step: step(able) };
}

/** Rows that take turns do so in steps of their own: whoever comes meanwhile waits for one of them, not for all. */
function nextInTurn<Row extends { view: RowView }>(rows: readonly Row[]): Row[] {
  const longestIdle = rows.toSorted((a, b) => a.view.lastFrameMs - b.view.lastFrameMs);
  const next = longestIdle.find(({ view }) => view.awaited) ?? longestIdle[0];
  return next ? [next] : [];
}

/** The codec is kept free for a listener's first sound: who can wait would hold it for a whole call. */
export function mayDecode<Row extends { view: RowView }>(row: Row, rows: readonly Row[]): boolean {
  return !row.view.canWait || !rows.some(({ view }) => view.awaited);
}

export function isEmpty<Row>(plan: Plan<Row>): boolean {
  return plan.prefill === undefined && plan.step.length === 0;
}

/**
 * How many frames the next codec call of a row takes: 1, 1, 2, 4, 4, … The first frame is heard at once,
 * later calls cost less a frame. It depends on nothing but the frames before, so that a clip is the
 * same to the last bit however fast its listener drinks.
 */
export function codecCallFrames(decodedFrames: number): number {
  let call = 1;
  while (call < largestCall && 2 * call <= decodedFrames) call *= 2;
  return call;
}

/** All sizes that calls before a clip's end have, in the order in which they come. */
export function codecCallSizes(): number[] {
  const sizes = new Set<number>();
  for (let decoded = 0; !sizes.has(largestCall); decoded += codecCallFrames(decoded)) {
    sizes.add(codecCallFrames(decoded));
  }
  return [...sizes];
}

/** Frames to decode now; 0 is to wait for more. What is left of a finished row goes in one call. */
export function framesToDecode({ phase, decodedFrames, pendingFrames }: RowView): number {
  const call = codecCallFrames(decodedFrames);
  if (pendingFrames >= call) return call;
  return phase === "finished" ? pendingFrames : 0;
}
