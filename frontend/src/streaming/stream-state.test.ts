// A clip's course from the click to the last sample heard, without React and without sound.
import { describe, expect, test } from "vitest";
import { ClipRecorder } from "../audio/clip-recorder.ts";
import type { PlaybackProgress } from "../audio/stream-player.ts";
import { idleState, isActive, streamReducer } from "./stream-state.ts";
import type { StreamAction, StreamState } from "./stream-state.ts";

const problem = { title: "It broke.", advice: "Mend it." };
const opened: StreamAction = {
  kind: "opened",
  clip: {
    recorder: new ClipRecorder(24_000),
    model: "m",
    engine: "e",
    seed: 1,
    player: "worklet",
    prebufferSeconds: 0,
  },
};

function playback(phase: PlaybackProgress["phase"], samplesPlayed: number): StreamAction {
  return { kind: "playback", progress: { phase, samplesPlayed, underruns: 0 }, sinceClickMs: 90 };
}

/** The kinds that the actions lead through. */
function course(...actions: StreamAction[]): { kinds: string[]; last: StreamState } {
  let last = idleState;
  const kinds = actions.map((action) => (last = streamReducer(last, action)).kind);
  return { kinds, last };
}

test("a clip in order: waiting, buffering, playing, draining, done", () => {
  const { kinds, last } = course(
    { kind: "start" },
    { kind: "queued", place: 3 },
    opened,
    { kind: "received", samplesMade: 500, madeInMs: 40 },
    playback("playing", 128),
    { kind: "received", samplesMade: 900, madeInMs: 70 },
    { kind: "complete" },
    playback("ended", 900),
    { kind: "finished" },
  );
  expect(kinds).toEqual([
    "waiting",
    "waiting",
    "buffering",
    "buffering",
    "playing",
    "playing",
    "draining",
    "draining",
    "done",
  ]);
  expect(last.figures).toEqual({
    samplesMade: 900,
    samplesPlayed: 900,
    underruns: 0,
    firstAudioMs: 90,
    madeInMs: 70,
  });
});

test("it is active until the last sample was heard, not until it was received", () => {
  const { last } = course({ kind: "start" }, opened, playback("playing", 1), { kind: "complete" });
  expect(isActive(last)).toBe(true);
  expect(isActive(streamReducer(last, { kind: "finished" }))).toBe(false);
});

test("the place in the queue is shown only while it waits", () => {
  const { last } = course({ kind: "start" }, { kind: "queued", place: 2 });
  expect(last).toMatchObject({ kind: "waiting", queuePlace: 2 });
  const { last: later } = course({ kind: "start" }, opened, { kind: "queued", place: 2 });
  expect(later.kind).toBe("buffering");
});

test("running dry goes back to buffering, and the first sound stays the first", () => {
  const { kinds, last } = course(
    { kind: "start" },
    opened,
    playback("playing", 128),
    { ...playback("buffering", 500), sinceClickMs: 700 } as StreamAction,
    { ...playback("playing", 600), sinceClickMs: 900 } as StreamAction,
  );
  expect(kinds.slice(2)).toEqual(["playing", "buffering", "playing"]);
  expect(last.figures.firstAudioMs).toBe(90);
});

describe("problems", () => {
  test("before the first sample the clip failed", () => {
    const { last } = course({ kind: "start" }, { kind: "problem", problem });
    expect(last).toMatchObject({ kind: "failed", problem });
  });

  test("in mid-stream what arrived is heard first, and the problem is said at once", () => {
    const { kinds, last } = course(
      { kind: "start" },
      opened,
      playback("playing", 128),
      { kind: "problem", problem },
      playback("playing", 256),
      { kind: "finished" },
    );
    expect(kinds.slice(3)).toEqual(["draining", "draining", "failed"]);
    expect(last).toMatchObject({ problem, figures: { samplesPlayed: 256 } });
  });

  test("an end that is explained late still counts", () => {
    const { last } = course(
      { kind: "start" },
      opened,
      { kind: "complete" },
      { kind: "finished" },
      { kind: "problem", problem },
    );
    expect(last).toMatchObject({ kind: "failed", problem });
  });
});

test("a stop ends every active state, and nothing after it is a failure", () => {
  const states: StreamAction[][] = [
    [{ kind: "start" }],
    [{ kind: "start" }, opened],
    [{ kind: "start" }, opened, playback("playing", 1)],
    [{ kind: "start" }, opened, { kind: "complete" }],
  ];
  for (const actions of states) {
    const { last } = course(...actions, { kind: "stop" });
    expect(last.kind).toBe("stopped");
    expect(streamReducer(last, { kind: "problem", problem }).kind).toBe("stopped");
    expect(streamReducer(last, { kind: "finished" }).kind).toBe("stopped");
  }
  expect(streamReducer(idleState, { kind: "stop" }).kind).toBe("idle");
});

test("a new start forgets the clip before", () => {
  const { last } = course({ kind: "start" }, opened, playback("playing", 128), { kind: "start" });
  expect(last).toMatchObject({ kind: "waiting", clip: null, figures: { samplesPlayed: 0 } });
});
