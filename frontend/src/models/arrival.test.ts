// What is said while a model arrives: its way, its preparation, its takeover.
import type { HealthResponse } from "qwen-tts/protocol";
import { expect, test } from "vitest";
import { nextArrival, noArrival } from "./arrival.ts";

const id = "Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice";
const label = "Qwen3-TTS 0.6B";
const preview = { id: "preview", label: "Preview voice", state: "ready", reason: null } as const;

function health(change: Partial<HealthResponse>): HealthResponse {
  const absent = { id, label, state: "absent", reason: null } as const;
  const models = [preview, absent];
  return {
    status: "ok",
    version: "1",
    engine: "preview",
    models,
    uptime_seconds: 1,
    downloads: [],
    ...change,
  };
}

const download = { id, bytes_done: 43, bytes_total: 100, bytes_per_second: 1, seconds_left: 120 };
const taken = health({ engine: "local", models: [{ id, label, state: "ready", reason: null }] });

test("a download is said with its share and the time left", () => {
  expect(nextArrival(noArrival, "preview", health({ downloads: [download] }))).toEqual({
    kind: "coming",
    text: "Preview voice now; Qwen3-TTS 0.6B is on its way: 43 %, 2 min left.",
    percent: 43,
  });
});

test("after the last byte it is being prepared", () => {
  const models = [preview, { id, label, state: "loading", reason: null } as const];
  expect(nextArrival(noArrival, "preview", health({ models })).kind).toBe("preparing");
});

test("the takeover is said once and stays until it was read", () => {
  const said = nextArrival(noArrival, "preview", taken);
  expect(said).toMatchObject({
    kind: "taken_over",
    text: expect.stringContaining(label) as string,
  });
  expect(nextArrival(said, "local", taken)).toBe(said);
  expect(nextArrival(noArrival, "local", taken)).toBe(noArrival);
});

test("a page opened after the takeover says nothing, nor one that only speaks the preview", () => {
  expect(nextArrival(noArrival, undefined, taken)).toBe(noArrival);
  expect(nextArrival(noArrival, "preview", health({}))).toBe(noArrival);
});

test("another model's download beside a real engine is no arrival", () => {
  const now = { ...taken, downloads: [download] };
  expect(nextArrival(noArrival, "local", now)).toBe(noArrival);
});
