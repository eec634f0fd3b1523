// A machine that has nothing: the preview voice speaks at once, the model arrives, takes over in the middle of a stream,
// and speaks what the engine alone speaks. Real sockets, a stand-in for the hub, a tiny checkpoint.
import { join } from "node:path";
import { loadModel, publishedModels } from "qwen3-tts";
import { collect, speechRequest, type StandInHubOptions } from "qwen3-tts/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { toS16le } from "../src/encoders/s16.ts";
import { createPreviewEngine } from "../src/engines/preview/preview-engine.ts";
import { previewProgramPath } from "../src/engines/preview/preview-process.ts";
import type { EngineOptions } from "../src/engines/choose-engine.ts";
import type { HealthResponse, ModelsResponse } from "../src/protocol.ts";
import {
  act,
  emptyMachine,
  modelIs,
  modelOf,
  repo,
  startThere,
  type Machine,
} from "./arriving-model.ts";
import { answerOf } from "./answer.ts";
import { eventually, record } from "./observe.ts";
import { post, startServer, type TestServer } from "./test-server.ts";
import { writeBrief } from "./tiny-checkpoints.ts";

let machine: Machine;
let server: TestServer | undefined;
beforeEach(async () => {
  machine = await emptyMachine();
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await machine.close();
});

async function start(options: Partial<EngineOptions> = {}): Promise<TestServer> {
  server = await startThere(options);
  return server;
}

const never: StandInHubOptions["misbehave"] = ({ host }) =>
  host === "cdn" ? { kind: "stall", afterBytes: 20_000 } : undefined;

const speech = { text: "Hello.", speaker: "Ryan", seed: 7, format: "pcm", max_seconds: 0.2 };

async function speak(url: string, body: object = speech): Promise<Response> {
  const response = await post(`${url}/tts`, body);
  if (response.status !== 200) throw new Error(await response.text());
  return response;
}

async function speaker(url: string): Promise<string | null> {
  return (await speak(url)).headers.get("x-engine");
}

test("the model arrives, takes over in mid-stream, and speaks as the engine alone does", async () => {
  machine.hub.misbehave(never);
  const { url } = await start();
  expect(await speaker(url)).toBe("preview");
  await eventually(async () => expect((await fetch(`${url}/ready`)).status).toBe(200));
  await eventually(async () => {
    const { downloads } = (await (await fetch(`${url}/health`)).json()) as HealthResponse;
    expect(downloads).toMatchObject([{ id: repo }]);
    expect(downloads[0]!.bytes_done).toBeGreaterThan(0);
    expect(downloads[0]!.bytes_done).toBeLessThan(downloads[0]!.bytes_total);
  });
  expect(await modelOf({ url })).toMatchObject({ state: "downloading", removable: true });
  // Its reader takes nothing yet, so that it is still being spoken when the model comes.
  const long = { text: "A sentence that is one of many. ".repeat(100), seed: 1, format: "pcm" };
  const stream = await post(`${url}/tts/stream`, long);
  machine.hub.misbehave(undefined);
  await act({ url }, "pause"); // the connection that gives no more
  await act({ url }, "download");
  const model = await modelIs({ url }, { state: "ready" });
  expect(model.bytes_done).toBe(model.bytes_total);
  expect(await speaker(url)).toBe("local");
  const { state } = await record({ url }, stream.headers.get("x-request-id")!);
  expect(state).toBe("running");
  const heard = Buffer.from(await stream.arrayBuffer());
  expect(stream.headers.get("x-engine")).toBe("preview");
  const alone = await startServer(
    createPreviewEngine({ program: previewProgramPath(), logger: { warn: () => undefined } }),
  );
  const expected = Buffer.from(await (await speak(alone.url, long)).arrayBuffer());
  await alone.close();
  expect(heard.byteLength).toBe(expected.byteLength);
  expect(heard.equals(expected)).toBe(true);
  const spoken = Buffer.from(await (await speak(url)).arrayBuffer());
  expect(spoken.equals(await spokenByTheEngine())).toBe(true);
  const { downloads } = (await (await fetch(`${url}/health`)).json()) as HealthResponse;
  expect(downloads).toEqual([]);
});

async function spokenByTheEngine(): Promise<Buffer> {
  const model = await loadModel(machine.checkpoint, { precision: "f32", threads: 1 });
  const request = speechRequest({ text: speech.text, speaker: "Ryan", language: "English" });
  const { samples } = await collect(model, { ...request, limits: { maxSeconds: 0.2 } });
  await model.close();
  return Buffer.from(toS16le(samples));
}

test("pause, resume and delete", async () => {
  machine.hub.misbehave(never);
  const first = await start();
  await eventually(async () => expect((await modelOf(first)).bytes_done).toBeGreaterThan(0));
  expect(await act(first, "pause")).toMatchObject({ status: 200, state: "paused" });
  const { bytes_done: kept } = await modelOf(first);
  expect(kept).toBeGreaterThan(0);
  expect(await act(first, "unload")).toMatchObject({ status: 409, code: "conflict" });
  await first.close();

  // What a person paused stays paused, also over a restart, until somebody goes on with it.
  const again = await start();
  expect(await modelOf(again)).toMatchObject({ state: "paused" });
  expect((await modelOf(again)).bytes_done).toBeGreaterThan(0);
  machine.hub.misbehave(undefined);
  const asked = machine.hub.requests.length;
  expect((await act(again, "download")).status).toBe(200);
  await modelIs(again, { state: "ready" });
  expect(machine.hub.requests.length).toBeGreaterThan(asked);
  expect(await speaker(again.url)).toBe("local");
  for (const action of ["download", "pause"] as const) {
    expect(await act(again, action)).toMatchObject({ status: 409, code: "conflict" });
  }
  expect(await act(again, "delete")).toMatchObject({ status: 200, state: "absent", bytes_done: 0 });
  expect(await speaker(again.url)).toBe("preview");
  await again.close();

  const last = await start();
  expect(await modelOf(last)).toMatchObject({ state: "absent" });
  await act(last, "download");
  await modelIs(last, { state: "ready" });
});

test("with the model on the disk it is as it was: it loads at once, and the preview says nothing", async () => {
  const first = await start();
  await modelIs(first, { state: "ready" });
  await first.close();
  const asked = machine.hub.requests.length;
  const again = await start({ offline: true });
  expect((await (await fetch(`${again.url}/health`)).json()) as HealthResponse).toMatchObject({
    engine: "local",
  });
  expect(await speaker(again.url)).toBe("local");
  expect(machine.hub.requests.length).toBe(asked);
});

test("a folder that was given comes first, and what is in the cache can be used too", async () => {
  const first = await start();
  await modelIs(first, { state: "ready" });
  await first.close();
  const own = join(machine.folder, "own");
  writeBrief("base-0b6", own);
  const again = await start({ models: [own] });
  const { models } = (await (await fetch(`${again.url}/capabilities`)).json()) as {
    models: { id: string }[];
  };
  expect(models.map(({ id }) => id)).toEqual(["own", repo]);
  const listed = (await (await fetch(`${again.url}/models`)).json()) as ModelsResponse;
  expect(listed.models.slice(0, 2).map(({ id }) => id)).toEqual(["own", repo]);
  expect(await modelOf(again)).toMatchObject({ state: "on_disk" });
  const spoken = await speak(again.url);
  expect(spoken.headers.get("x-model")).toBe(repo);
  expect(await modelOf(again)).toMatchObject({ state: "ready" });
  expect(await act(again, "delete")).toMatchObject({ status: 200, state: "absent" });
  expect(await speaker(again.url)).toBe("preview");
});

test("a damaged file: the reason is said, the preview voice goes on, and a later try succeeds", async () => {
  machine.hub.misbehave(({ host }) =>
    host === "cdn" ? { kind: "wrong_byte", at: 100 } : undefined,
  );
  const first = await start();
  const { reason } = await modelIs(first, { state: "failed" });
  expect(reason).toMatch(/model\.safetensors.*The next try is in 1 min\./s);
  expect(await speaker(first.url)).toBe("preview");
  machine.hub.misbehave(undefined);
  await act(first, "download"); // at once, instead of then
  await modelIs(first, { state: "ready" });
});

test("what fails is tried again without a word from anybody", async () => {
  let refusals = 0;
  machine.hub.misbehave(({ host }) =>
    host === "hub" && refusals++ < 3 ? { kind: "status", status: 404 } : undefined,
  );
  const first = await start({ retryPausesMs: [1, 2] });
  await modelIs(first, { state: "ready" });
  expect(await speaker(first.url)).toBe("local");
});

test.each([
  [401, /HF_TOKEN/],
  [404, /HF_ENDPOINT|no such|not/],
])("the hub answers %i: words that say what to do", async (status, words) => {
  machine.hub.misbehave(() => ({ kind: "status", status }));
  const first = await start();
  const { reason } = await modelIs(first, { state: "failed" });
  expect(reason).toMatch(words);
  expect(await speaker(first.url)).toBe("preview");
});

test.each([
  ["offline", { offline: true }, /--offline/],
  ["with --engine preview", { engine: "preview" as const }, null],
])("%s nothing is asked of the network", async (_, options, words) => {
  const first = await start(options);
  expect(await speaker(first.url)).toBe("preview");
  const { body, status } = await answerOf(
    fetch(`${first.url}/models/${encodeURIComponent(repo)}/download`, { method: "POST" }),
  );
  if (words === null) expect(status).toBe(404);
  else expect([status, body.detail]).toEqual([409, expect.stringMatching(words)]);
  expect(machine.hub.requests).toEqual([]);
});

test("GET /models: all that are published, memory, disk", async () => {
  const { url } = await start({ offline: true });
  const body = (await (await fetch(`${url}/models`)).json()) as ModelsResponse;
  expect(body.models.map(({ id }) => id)).toEqual(publishedModels.map(({ repo: id }) => id));
  expect(body.offline).toBe(true);
  expect(body.disk_free_bytes).toBeGreaterThan(0);
  const unknown = await answerOf(fetch(`${url}/models/Nobody%2FNothing/pause`, { method: "POST" }));
  expect(unknown).toMatchObject({ status: 404, body: { code: "not_found" } });
});
