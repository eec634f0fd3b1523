// Long clips: however long they are, little of them is in memory; and a disk that is full is said in
// words and passes. Against a server in a process of its own.
import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readlinkSync } from "node:fs";
import { request } from "node:http";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import type { BatchResponse } from "../src/protocol.ts";
import type { FromFakeServer, ToFakeServer } from "./fake-server.ts";
import { record, waitForRecord } from "./observe.ts";
import { post } from "./test-server.ts";

const program = fileURLToPath(new URL("./fake-server.ts", import.meta.url));
const megabyte = 1e6;
const frameSamples = 1920;

let child: ChildProcess;
afterEach(async () => {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
});

async function answer<Kind extends FromFakeServer["kind"]>(kind: Kind) {
  const [message] = (await once(child, "message")) as [FromFakeServer];
  expect(message.kind).toBe(kind);
  return message as Extract<FromFakeServer, { kind: Kind }>;
}

function tell(message: ToFakeServer): void {
  child.send(message);
}

async function peakBytes(): Promise<number> {
  tell("peak");
  return (await answer("peak")).bytes;
}

/** POST a batch and throw the answer away as it comes: its length and its last words. */
function discard(url: string, id: string, body: unknown): Promise<{ bytes: number; end: string }> {
  return new Promise((resolve, reject) => {
    const headers = { "Content-Type": "application/json", "X-Request-Id": id };
    const call = request(`${url}/tts/batch`, { method: "POST", headers }, (response) => {
      let bytes = 0;
      let end = "";
      response.on("data", (piece: Buffer) => {
        bytes += piece.byteLength;
        end = (end + piece.subarray(-100).toString()).slice(-100);
      });
      response.on("end", () => resolve({ bytes, end }));
      response.on("error", reject);
    });
    call.on("error", reject);
    call.end(JSON.stringify(body));
  });
}

/** Items of 5,000 characters at a quarter of the speed, each of so many frames of the engine. */
function longItems(frames: number) {
  return Array.from({ length: 10 }, () => ({
    text: `[frames ${frames}] `.padEnd(5000, "All work and no play. ").replace(/.$/, "."),
    speed: 0.25,
  }));
}

test("ten items of 5,000 characters at speed 0.25 in one JSON batch: memory is bounded", async () => {
  const frames = 500; // clips of 160 s, 69 MB in all that waits
  child = fork(program);
  const { url } = await answer("at");
  await discard(url, "warm", { requests: longItems(100) });
  const warmBytes = await peakBytes();

  // The first one is held, so that all the others are complete and wait for it.
  const requests = longItems(frames);
  requests[0]!.text = requests[0]!.text.replace("All work", "[wait 9]");
  const discarded = discard(url, "long", { requests });
  for (let index = 1; index < 10; index += 1) {
    await waitForRecord({ url }, `long-${index}`, { state: "done" });
  }
  expect(await record({ url }, "long-0")).toMatchObject({ state: "running" });
  tell("release");
  const { bytes, end } = await discarded;
  const clipBytes = 44 + 2 * (frames * frameSamples * 4);
  expect(end).toMatch(/"completed_count":10,"failed_count":0\}$/);
  expect(bytes).toBeGreaterThan(10 * (clipBytes / 3) * 4);
  expect((await peakBytes()) - warmBytes).toBeLessThan(55 * megabyte);
}, 120_000);

test("a disk that is full: 507 in words, no file kept, and the next requests work", async () => {
  // A limit on the size of files stands for the full disk: two or four megabytes, as the shell counts.
  const limited = 'ulimit -f 4096 && exec "$0" "$@"';
  const command = ["-c", limited, process.execPath, program];
  child = spawn("sh", command, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const { url } = await answer("at");
  const long = { text: "[frames 1500]", format: "pcm" };
  const longBytes = 1500 * frameSamples * 2;

  const refused = await post(`${url}/tts`, long);
  expect(refused.status).toBe(507);
  const error = (await refused.json()) as { code: string; detail: string };
  expect(error).toMatchObject({ code: "out_of_memory", retryable: true });
  expect(error.detail).toMatch(/does not fit on the server's disk \(EFBIG .*\/tts\/stream/);
  expect(spoolsOf(child.pid!)).toEqual([]);

  expect((await post(`${url}/tts`, { text: "short" })).status).toBe(200);
  const streamed = await post(`${url}/tts/stream`, long);
  expect((await streamed.arrayBuffer()).byteLength).toBe(longBytes);
  const batch = await post(`${url}/tts/batch`, { requests: [long, { text: "short" }] });
  const { results } = (await batch.json()) as BatchResponse;
  expect(results.map((result) => result.code)).toEqual(["out_of_memory", null]);
});

function spoolsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder)
    .map((fd) => readlinkSync(`${folder}/${fd}`))
    .filter((target) => target.includes("qwen-tts-"));
}
