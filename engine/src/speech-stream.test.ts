// What the contract suite cannot see from outside: late calls, pulls ahead, and return() with a pull
// pending.
import { expect, test, vi } from "vitest";
import type { SpeechEvent } from "./speech-engine.ts";
import { SpeechStream } from "./speech-stream.ts";

const start: SpeechEvent = { kind: "start", model: "m", sampleRate: 10, seed: 7 };
const audio = (firstSample: number): Extract<SpeechEvent, { kind: "audio" }> => ({
  kind: "audio",
  samples: new Float32Array(5),
  firstSample,
});

function open(signal = new AbortController().signal) {
  const hooks = { open: vi.fn(), drink: vi.fn(), leave: vi.fn() };
  return { hooks, stream: new SpeechStream(signal, hooks) };
}

test("several pulls at once are answered in order", async () => {
  const { stream } = open();
  const pulls = [stream.next(), stream.next(), stream.next(), stream.next()];
  stream.push(start);
  stream.push(audio(0));
  stream.end("stop", { stagesMs: {} });
  const results = await Promise.all(pulls);
  expect(results.map(({ value }) => value?.kind)).toEqual(["start", "audio", "end", undefined]);
  expect(results[2]?.value).toMatchObject({ stats: { audioSeconds: 0.5 } });
});

test("audio is drunk when it is taken, not when it is made", async () => {
  const { stream, hooks } = open();
  void stream.next();
  stream.push(start);
  stream.push(audio(0));
  stream.push(audio(5));
  expect(hooks.drink).not.toHaveBeenCalled();
  await stream.next();
  expect(hooks.drink.mock.calls).toEqual([[5]]);
});

test("return() ends a pull that is pending and leaves once", async () => {
  const { stream, hooks } = open();
  const pending = stream.next();
  await stream.return();
  await stream.return();
  expect(await pending).toEqual({ done: true, value: undefined });
  expect(hooks.leave).toHaveBeenCalledTimes(1);
  stream.push(start);
  stream.fail(new Error("late"));
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test("return() before the first next() starts nothing", async () => {
  const { stream, hooks } = open();
  await stream.return();
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  expect([hooks.open, hooks.leave].map((hook) => hook.mock.calls.length)).toEqual([0, 0]);
});

test("a failure comes after the audio made before it", async () => {
  const { stream } = open();
  const first = stream.next();
  stream.push(start);
  stream.push(audio(0));
  stream.fail(new Error("gone"));
  expect((await first).value?.kind).toBe("start");
  expect((await stream.next()).value?.kind).toBe("audio");
  await expect(stream.next()).rejects.toThrow("gone");
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test("an abort drops audio that nobody asked for", async () => {
  const abort = new AbortController();
  const { stream, hooks } = open(abort.signal);
  const first = stream.next();
  stream.push(start);
  stream.push(audio(0));
  await first;
  abort.abort();
  expect((await stream.next()).value).toMatchObject({ kind: "end", finishReason: "cancelled" });
  expect(hooks.leave).toHaveBeenCalledTimes(1);
});
