// The host with the fake engine inside: real processes, real crashes.
import { once } from "node:events";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test, vi } from "vitest";
import type { SpeechEngine, SpeechEvent, SpeechRequest } from "../speech-engine.ts";
import { clipOf, collect, sip, speechRequest, statusWhere } from "../testing/collect.ts";
import { createFakeEngine } from "../testing/fake-engine.ts";
import {
  createHostedFake,
  isRunning,
  loggedPlans,
  temporaryFolder,
  until,
} from "../testing/hosted.ts";
import { describeSpeechEngine } from "../testing/speech-engine.case.ts";
import { growingPauseMs } from "./client.ts";

describeSpeechEngine("the fake in a host", { create: () => createHostedFake() });

const frame = 1920;
/** Quicker to judge than the default, where a test waits for the judgement. */
const hangGraceMs = 1_000;
const engines: SpeechEngine[] = [];
const hosted: typeof createHostedFake = (fake, changes) => {
  const engine = createHostedFake(fake, changes);
  engines.push(engine);
  return engine;
};
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

const say = (text: string): SpeechRequest =>
  speechRequest({ text, speaker: "Ryan", language: "English" });
const stateOf = (engine: SpeechEngine): string => engine.status().models[0]!.state.kind;

/** What the consumer of `text` gets: kinds of events, and the error's code. */
async function fate(
  engine: SpeechEngine,
  text: string,
): Promise<{ heard: string[]; code: string }> {
  const heard: string[] = [];
  try {
    const signal = new AbortController().signal;
    for await (const event of engine.synthesize(say(text), signal)) heard.push(event.kind);
    return { heard, code: "none" };
  } catch (error) {
    return { heard, code: (error as { code: string }).code };
  }
}

async function expectWorking(engine: SpeechEngine): Promise<void> {
  const { samples } = await collect(engine, say("[frames 2]"));
  expect(samples).toHaveLength(2 * frame);
}

test("gives the samples of the engine inside", async () => {
  const text = "The same samples on either side of the pipe.";
  const inside = await collect(createFakeEngine(), say(text));
  const outside = await collect(hosted(), say(text));
  expect(outside.samples).toEqual(inside.samples);
  expect(outside.end?.stats.steps).toBe(inside.end?.stats.steps);
});

test("a consumer may give each piece away without spoiling the next", async () => {
  const text = "[frames 40]";
  const whole = await collect(createFakeEngine(), say(text));
  const given: SpeechEvent[] = [];
  for await (const event of hosted().synthesize(say(text), new AbortController().signal)) {
    const transfer = event.kind === "audio" ? [event.samples.buffer as ArrayBuffer] : [];
    given.push(structuredClone(event, { transfer }));
  }
  expect(clipOf(given).samples).toEqual(whole.samples);
});

test("loads by itself, once for all who wait", async () => {
  const engine = hosted();
  const states = [stateOf(engine)];
  engine.onStatus(() => states.push(stateOf(engine)));
  await Promise.all([expectWorking(engine), expectWorking(engine), expectWorking(engine)]);
  const changes = states.filter((state, index) => state !== states[index - 1]);
  expect(changes).toEqual(["idle", "loading", "ready"]);
});

test("a request cancelled during the load ends, and the load goes on", async () => {
  const engine = hosted();
  const abort = new AbortController();
  const events = sip(engine, say("[frames 2]"), abort.signal);
  const first = events.next();
  abort.abort();
  expect(await first).toMatchObject({ kind: "end", finishReason: "cancelled" });
  await statusWhere(engine, () => stateOf(engine) === "ready");
});

test("a crash fails every running request with `crashed`; the next one works", async () => {
  using folder = temporaryFolder();
  const engine = hosted({ gate: folder.file("gate") });
  const bystander = fate(engine, "[frames 50] [wait 2]");
  const crashing = sip(engine, say("[frames 9] [gate 2] [crash 2]"));
  for (const kind of ["start", "audio", "audio"])
    expect(await crashing.next()).toMatchObject({ kind });
  writeFileSync(folder.file("gate"), "");
  await expect(crashing.next()).rejects.toMatchObject({ code: "crashed", retryable: true });
  expect((await bystander).code).toBe("crashed");
  expect(engine.status().activeRows).toBe(0);
  await expectWorking(engine);
});

test("memory that ran out for one request fails that one; the host lives on", async () => {
  const engine = hosted();
  await expectWorking(engine);
  const states: string[] = [];
  engine.onStatus(() => states.push(stateOf(engine)));
  const other = collect(engine, say("[frames 40]"));
  expect(await fate(engine, "[frames 9] [oom 1]")).toEqual({
    heard: ["start", "audio"],
    code: "out_of_memory",
  });
  expect((await other).samples).toHaveLength(40 * frame);
  expect(new Set(states)).toEqual(new Set(["ready"]));
});

test("a busy loop is killed as `hung`; the next request works", async () => {
  const engine = hosted({}, { hangGraceMs });
  expect(await fate(engine, "[frames 9] [hang 1]")).toEqual({
    heard: ["start", "audio"],
    code: "hung",
  });
  await expectWorking(engine);
});

test("a long step that was planned as long is no hang", async () => {
  const engine = hosted({}, { hangGraceMs });
  const { samples } = await collect(engine, say("[frames 2] [long 1]"));
  expect(samples).toHaveLength(2 * frame);
});

test("a control thread that does not answer is `hung`", async () => {
  using folder = temporaryFolder();
  const engine = hosted({ pidFile: folder.file("pid") }, { hangGraceMs });
  const held = fate(engine, "[frames 9] [wait 1]");
  await statusWhere(engine, (status) => status.activeRows === 1);
  process.kill(Number(readFileSync(folder.file("pid"), "utf8")), "SIGSTOP");
  expect((await held).code).toBe("hung");
  await expectWorking(engine);
});

test("a kill from outside says that it was most likely for memory", async () => {
  using folder = temporaryFolder();
  const engine = hosted({ pidFile: folder.file("pid") });
  const held = collect(engine, say("[frames 9] [wait 1]"));
  held.catch(() => undefined);
  await statusWhere(engine, (status) => status.activeRows === 1);
  process.kill(Number(readFileSync(folder.file("pid"), "utf8")), "SIGKILL");
  await expect(held).rejects.toMatchObject({
    code: "crashed",
    message: expect.stringContaining("most likely for memory") as string,
  });
  await expectWorking(engine);
});

const memoryLimitBytes = 300 * 1024 ** 2;
/** A thread that fills its memory answers nobody, for long on a busy machine. */
const patient = { hangGraceMs: 600_000 };

test("a model that allocates beyond the memory limit is `out_of_memory`", async () => {
  const engine = hosted({}, { ...patient, memoryLimitBytes });
  const { heard, code } = await fate(engine, "[frames 9] [alloc 1]");
  expect(code).toBe("out_of_memory");
  expect(heard).toEqual(["start", "audio"]);
  await expectWorking(engine);
});

test("a JavaScript heap beyond the memory limit is `out_of_memory`", async () => {
  const engine = hosted({}, { ...patient, memoryLimitBytes });
  expect((await fate(engine, "[frames 9] [heap 1]")).code).toBe("out_of_memory");
  await expectWorking(engine);
});

test("a compute thread beyond its own heap limit is `out_of_memory`", async () => {
  vi.stubEnv("NODE_OPTIONS", "--max-old-space-size=96");
  const engine = hosted({}, patient);
  expect((await fate(engine, "[frames 9] [heap 1]")).code).toBe("out_of_memory");
  await expectWorking(engine);
});

test("garbage from a host ends it, not the server", async () => {
  const engine = hosted();
  expect((await fate(engine, "[frames 9] [garbage 1] [wait 2]")).code).toBe("crashed");
  await expectWorking(engine);
});

test("a load that fails says why, and the next request tries again", async () => {
  using folder = temporaryFolder();
  const engine = hosted({ needs: folder.file("weights") });
  const refused = Promise.all([collect(engine, say("a")), collect(engine, say("b"))]);
  const reason = "The fake's file is missing. Make it.";
  await expect(refused).rejects.toMatchObject({ code: "not_ready", message: reason });
  expect(engine.status().models[0]!.state).toEqual({ kind: "failed", reason });
  writeFileSync(folder.file("weights"), "");
  await expectWorking(engine);
});

test("a crash and a hang in the load are `not_ready`", async () => {
  const crashing = hosted({ load: "crash" });
  const hanging = hosted({ load: "hang" }, { loadTimeoutMs: 500 });
  expect((await fate(crashing, "a")).code).toBe("not_ready");
  expect((await fate(hanging, "a")).code).toBe("not_ready");
  expect([stateOf(crashing), stateOf(hanging)]).toEqual(["failed", "failed"]);
});

test("a module that is not there is `not_ready`, and the message shows no path", async () => {
  const engine = hosted({}, { moduleUrl: new URL("file:///no/such/module.js") });
  const refused = collect(engine, say("a"));
  await expect(refused).rejects.toMatchObject({ code: "not_ready" });
  await expect(refused).rejects.not.toMatchObject({
    message: expect.stringContaining("/") as string,
  });
});

test("restarts pause longer with each death, until a request ends well", async () => {
  const deaths: number[] = [];
  const restartPauseMs = (count: number): number => {
    deaths.push(count);
    return 0;
  };
  const engine = hosted({}, { restartPauseMs });
  await fate(engine, "[frames 9] [crash 0]");
  await fate(engine, "[frames 9] [crash 0]");
  await expectWorking(engine);
  await fate(engine, "[frames 9] [crash 0]");
  expect(deaths).toEqual([1, 2, 1]);
  expect([1, 2, 3, 4, 20].map(growingPauseMs)).toEqual([0, 250, 500, 1000, 10_000]);
});

test("a consumer that does not drink stops the engine inside", async () => {
  using folder = temporaryFolder();
  const engine = hosted({ planLog: folder.file("plans") });
  const slow = sip(engine, say("[frames 400]"));
  await slow.next();
  await collect(engine, say("[frames 400]"));
  const planned = loggedPlans(folder.file("plans")).filter((plan) => plan.includes(1));
  // A second of audio in the pipe, what the fake makes ahead, and the step in between.
  expect(planned.length).toBeLessThanOrEqual(13 + 25 + 1);
  await slow.leave();
});

test("the text's own failure reaches the consumer and frees the row", async () => {
  const engine = hosted();
  async function* pieces(): AsyncGenerator<string> {
    yield "One piece ";
    await Promise.resolve();
    throw new Error("the writer left");
  }
  const request = { ...say(""), text: { kind: "incremental" as const, pieces: pieces() } };
  await expect(collect(engine, request)).rejects.toThrow("the writer left");
  await statusWhere(engine, (status) => status.activeRows === 0);
  await expectWorking(engine);
});

test("close() ends the process in every state", async () => {
  using folder = temporaryFolder();
  const pidOf = (name: string): number => Number(readFileSync(folder.file(name), "utf8"));
  const loading = hosted({ load: "hang", pidFile: folder.file("loading") });
  const hanging = hosted({ pidFile: folder.file("hanging") }, { closeGraceMs: 50 });
  const failed = hosted({ needs: folder.file("missing") });
  const pausing = hosted({}, { restartPauseMs: () => 600_000 });
  const fates = [fate(loading, "a"), fate(pausing, "[frames 2] [crash 1]"), fate(failed, "a")];
  const events = sip(hanging, say("[frames 9] [hang 1]"));
  for (let event: SpeechEvent | undefined; event?.kind !== "audio";) event = await events.next();
  await Promise.all(fates.slice(1));
  await until(() => isPresent(folder.file("loading")));
  expect([loading, pausing, failed, hanging].map(stateOf)).toEqual([
    "loading",
    "loading",
    "failed",
    "ready",
  ]);
  const waiting = fate(pausing, "a");
  await Promise.all([loading, pausing, failed, hanging].map((engine) => engine.close()));
  expect([(await fates[0]!).code, (await waiting).code]).toEqual(["closed", "closed"]);
  expect([isRunning(pidOf("loading")), isRunning(pidOf("hanging"))]).toEqual([false, false]);
});

function isPresent(path: string): boolean {
  try {
    return readFileSync(path, "utf8") !== "";
  } catch {
    return false;
  }
}

test("the host of a server that is killed dies too, however busy it is", async () => {
  using folder = temporaryFolder();
  const owner = fileURLToPath(new URL("../testing/host-owner.ts", import.meta.url));
  const server = spawn(process.execPath, [owner, folder.file("pid")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(server.stdout, "data");
  const pid = Number(readFileSync(folder.file("pid"), "utf8"));
  expect(isRunning(pid)).toBe(true);
  server.kill("SIGKILL");
  await until(() => !isRunning(pid));
});
