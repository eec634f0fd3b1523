// /metrics: Prometheus text, what it counts, and what it must not hold.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RequestRecord } from "../src/protocol.ts";
import { post, startFakeServer } from "./test-server.ts";

let fake: Awaited<ReturnType<typeof startFakeServer>>;
beforeEach(async () => {
  fake = await startFakeServer({ rows: 2 });
});
afterEach(() => fake.close());

/** Each sample by its name and labels. Throws on a line that is no Prometheus text. */
function parse(text: string): Map<string, number> {
  const types = new Map<string, string>();
  const samples = new Map<string, number>();
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line);
    if (comment) {
      if (comment[1] === "TYPE") types.set(comment[2]!, comment[3]!);
      continue;
    }
    const sample = /^([a-zA-Z_:][\w:]*)((?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})?) (\S+)$/.exec(line);
    if (!sample) throw new Error(`No Prometheus text: ${line}`);
    const name = sample[1]!.replace(/_(bucket|sum|count)$/, "");
    if (!types.has(name) && !types.has(sample[1]!)) throw new Error(`${sample[1]} has no TYPE`);
    samples.set(`${sample[1]}${sample[2]}`, Number(sample[3]));
  }
  return samples;
}

async function metrics(): Promise<Map<string, number>> {
  const response = await fetch(`${fake.url}/metrics`);
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  return parse(await response.text());
}

async function speak(route: string, body: object, init: RequestInit = {}): Promise<void> {
  await (await post(`${fake.url}${route}`, body, init)).arrayBuffer().catch(() => undefined);
}

test("requests by route and outcome, refusals by code, seconds of audio", async () => {
  await speak("/tts", { text: "[frames 25] two seconds" });
  await speak("/tts", { text: "[frames 25] one second", speed: 2 });
  await speak("/tts/stream", { text: "[frames 50] cut", max_seconds: 0.8 });
  await speak("/tts/stream", { text: "[crash 2][frames 5] x" });
  await speak("/tts", { text: "" });
  const requests = [{ text: "[frames 1] a" }, { text: "[oom 0] b" }, { text: "" }];
  await speak("/tts/batch", { requests });
  const found = await metrics();
  const ended = (route: string, outcome: string): number | undefined =>
    found.get(`qwen_tts_requests_total{route="${route}",outcome="${outcome}"}`);
  expect(ended("/tts", "stop")).toBe(2);
  expect(ended("/tts/stream", "length")).toBe(1);
  expect(ended("/tts/stream", "engine_crashed")).toBe(1);
  expect(ended("/tts/batch", "stop")).toBe(1);
  expect(ended("/tts/batch", "out_of_memory")).toBe(1);
  expect(found.get('qwen_tts_refused_total{code="empty_text"}')).toBe(1);
  expect(found.get("qwen_tts_audio_seconds_total")).toBeCloseTo(2 + 1 + 0.8 + 2 * 0.08 + 0.08, 6);
  expect(found.get('qwen_tts_first_audio_seconds_count{route="/tts"}')).toBe(2);
  expect(found.get("qwen_tts_queue_wait_seconds_count")).toBe(6);
});

test("a stream that is made too slowly has gaps, a file has none", async () => {
  await fake.close();
  fake = await startFakeServer({ stepMs: 170 }); // for 80 ms of audio
  const named = (id: string): RequestInit => ({ headers: { "X-Request-Id": id } });
  await Promise.all([
    speak("/tts/stream", { text: "[frames 4] heard" }, named("heard")),
    speak("/tts", { text: "[frames 4] kept" }, named("kept")),
  ]);
  const underruns = async (id: string): Promise<number> => {
    const response = await fetch(`${fake.url}/requests/${id}`);
    return ((await response.json()) as RequestRecord).underruns;
  };
  expect([await underruns("heard"), await underruns("kept")]).toEqual([3, 0]);
  const found = await metrics();
  expect(found.get("qwen_tts_stream_underruns_total")).toBe(3);
  expect(found.get("qwen_tts_stream_underrun_seconds_total")).toBeGreaterThan(3 * 0.08);
});

test("rows, requests and queue while they are held, and nothing afterwards", async () => {
  const held = { text: "[wait 1][frames 2] x" };
  const running = [speak("/tts", held), speak("/tts/stream", held)];
  await fake.engine.waitForHeld(2);
  const waiting = speak("/tts", { text: "next" }, { headers: { "X-Request-Id": "waiting" } });
  while (!(await fetch(`${fake.url}/requests/waiting`)).ok);
  const during = await metrics();
  expect(during.get("qwen_tts_active_rows")).toBe(2);
  expect(during.get("qwen_tts_active_requests")).toBe(2);
  expect(during.get("qwen_tts_queue_length")).toBe(1);
  fake.engine.release();
  await Promise.all([...running, waiting]);
  const after = await metrics();
  for (const name of ["active_rows", "active_requests", "queue_length"]) {
    expect(after.get(`qwen_tts_${name}`), name).toBe(0);
  }
});

test("no label holds what a client sends", async () => {
  const headers = { "X-Request-Id": "labelled" };
  await speak("/tts", { text: "labelled", speaker: "labelled" }, { headers });
  await speak("/labelled", {});
  await speak("/tts", { text: "labelled" }, { headers });
  const names = [...(await metrics()).keys()].join("\n");
  expect(names).not.toContain("labelled");
});
