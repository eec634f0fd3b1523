// What GET /requests/{id} will tell, through a request's life; how long it is kept; how it is ended.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { reasons } from "./explain-error.ts";
import { RequestLog } from "./request-log.ts";

const keptMs = 10 * 60 * 1000;
const keptRecords = 20_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-01-02T03:04:05.000Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

test("a record follows its request from the queue to the end", () => {
  const log = new RequestLog();
  const entry = log.open("a", "/tts/stream");
  let place = 3;
  entry.queued(() => place);
  entry.seeded(7);
  expect(entry.record()).toMatchObject({ state: "queued", queue_place: 3, seed: 7 });
  place = 1;
  expect(entry.record().queue_place).toBe(1);

  vi.advanceTimersByTime(100);
  entry.started();
  entry.speaking(24_000);
  vi.advanceTimersByTime(50);
  entry.madeAudio(0.5);
  vi.advanceTimersByTime(50);
  entry.madeAudio(0.25);
  expect(entry.record()).toMatchObject({ state: "running", queue_place: null });

  vi.advanceTimersByTime(800);
  entry.finish({ kind: "finished", finishReason: "stop" });
  expect(log.find("a")?.record()).toEqual({
    id: "a",
    route: "/tts/stream",
    state: "done",
    queue_place: null,
    seconds_made: 0.75,
    sample_rate: 24_000,
    seed: 7,
    retries: 0,
    underruns: 0,
    finish_reason: "stop",
    error: null,
    timings: {
      received: "2026-01-02T03:04:05.000Z",
      started_ms: 100,
      first_audio_ms: 150,
      done_ms: 1000,
    },
    items: null,
  });
});

test("the first outcome stays: what comes after the end changes nothing", () => {
  const entry = new RequestLog().open("a", "/tts");
  expect(entry.outcome).toBe("running");
  entry.finish({ kind: "failed", error: { detail: "No.", code: "engine_crashed" } });
  entry.finish({ kind: "finished", finishReason: "cancelled" });
  expect(entry.record()).toMatchObject({
    finish_reason: null,
    error: { detail: "No.", code: "engine_crashed" },
  });
  expect(entry.outcome).toBe("engine_crashed");
});

test("a running record is kept for ever, a finished one for ten minutes", () => {
  const log = new RequestLog();
  const running = log.open("running", "/tts");
  const finished = log.open("finished", "/tts");
  log.close(finished);
  vi.advanceTimersByTime(keptMs - 1);
  expect(log.find("finished")).toBe(finished);
  vi.advanceTimersByTime(1);
  expect(log.find("finished")).toBeUndefined();
  expect(log.has("running")).toBe(true);
  expect(log.running()).toEqual([running]);
});

test("under load the oldest finished records go first, and memory is bounded", () => {
  const log = new RequestLog();
  const ids = Array.from({ length: keptRecords + 3 }, (_, index) => `r${index}`);
  for (const id of ids) log.close(log.open(id, "/tts"));
  expect(ids.slice(0, 4).map((id) => log.has(id))).toEqual([false, false, false, true]);
  expect(log.has(ids.at(-1)!)).toBe(true);
});

test("two requests that chose the same id have a record each, and neither ends the other's", () => {
  const log = new RequestLog();
  const first = log.open("same", "/tts");
  const second = log.open("same", "/tts");
  expect(second.id).not.toBe("same");
  log.close(first);
  expect(log.running()).toEqual([second]);
  expect(log.open("same", "/tts").id).not.toBe("same");
  log.close(second);
  expect([log.find("same"), log.find(second.id)]).toEqual([first, second]);
});

test("a forgotten request leaves nothing, and closing it afterwards neither", () => {
  const log = new RequestLog();
  const entry = log.open("a", "/tts");
  log.forget(entry);
  log.close(entry);
  expect([log.has("a"), log.running()]).toEqual([false, []]);
});

test("a batch's record sums up its items, and its end is theirs", () => {
  const log = new RequestLog();
  const batch = log.open("b", "/tts/batch");
  const items = [log.open("b-0", "/tts/batch"), log.open("b-1", "/tts/batch")];
  batch.holds(items);
  items[0]!.madeAudio(1.5);
  items[1]!.madeAudio(0.5);
  expect(batch.record()).toMatchObject({ seconds_made: 2, items: ["b-0", "b-1"] });
  const reason = reasons.deleted("b");
  batch.cancel(reason);
  for (const entry of [batch, ...items]) expect(entry.abort.signal.reason).toBe(reason);
});
