// Downloads over real sockets from the stand-in hub, and each of its misbehaviours.
import { randomBytes } from "node:crypto";
import {
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startStandInHub, type HubRequest, type StandInHub } from "../testing/hub-server.ts";
import { linkFile } from "./cache-layout.ts";
import { downloadWith, type DownloadOptions } from "./download-model.ts";
import { hubSettings, type HubSettings } from "./environment.ts";
import type { DownloadProgress } from "./meter.ts";
import type { Transport } from "./transport.ts";

const repo = "Qwen/Tiny";
const weights = "model.safetensors";
const codec = "speech_tokenizer/model.safetensors";
/** Several pieces of 16 MB, the last one short. */
const large = randomBytes(40_000_003);
const files = {
  "config.json": Buffer.from('{"model_type": "qwen3_tts"}'),
  "empty.txt": Buffer.alloc(0),
  [weights]: large,
  [codec]: randomBytes(70_000),
};

let cacheFolder: string;
let hub: StandInHub;
let commit: string;
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), "hub-cache-"));
  hub = await startStandInHub();
  commit = await hub.publish(repo, files);
});
afterEach(async () => {
  await hub.close();
  await rm(cacheFolder, { recursive: true });
});

/** Short pauses, and far more time than the stand-in needs. */
const patience = { stallMs: 20_000, firstPauseMs: 1, attempts: 10 };

async function settings(more: Partial<HubSettings> = {}): Promise<HubSettings> {
  const found = await hubSettings({ endpoint: hub.url, cacheFolder, token: "secret" }, {});
  return { ...found, patience, ...more };
}

const download = async (options: DownloadOptions = {}, more: Partial<HubSettings> = {}) =>
  downloadWith(await settings(more), repo, options);

async function expectWhole(folder: string, expected: Record<string, Buffer> = files) {
  for (const [path, bytes] of Object.entries(expected)) {
    expect((await readFile(join(folder, path))).equals(bytes), path).toBe(true);
  }
  const names = await readdir(join(modelPath(), "blobs"));
  expect(names.filter((name) => name.includes("partial"))).toEqual([]);
}

const modelPath = () => join(cacheFolder, "models--Qwen--Tiny");
const ofWeights = ({ host, file }: HubRequest) => host === "cdn" && file === weights;

test("lays a model out as huggingface_hub does", async () => {
  const seen: DownloadProgress[] = [];
  const folder = await download({ onProgress: (progress) => seen.push(progress) });
  expect(folder).toBe(join(modelPath(), "snapshots", commit));
  await expectWhole(folder);
  expect(await readFile(join(modelPath(), "refs", "main"), "utf8")).toBe(commit);
  const target = await readlink(join(folder, codec));
  expect(target).toMatch(/^\.\.\/\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
  expect(await readlink(join(folder, "config.json"))).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/);
  const bytesTotal = Object.values(files).reduce((sum, { length }) => sum + length, 0);
  expect(seen.at(-1)).toMatchObject({ bytesDone: bytesTotal, bytesTotal });
  const kept = await readdir(modelPath());
  expect(kept.sort()).toEqual(["blobs", "refs", "snapshots"]);
});

test("asks for a large file over several connections, and sends the token to the hub only", async () => {
  await download();
  expect(hub.requests.filter(ofWeights).length).toBeGreaterThan(1);
  const tokens = (host: string) =>
    new Set(hub.requests.filter((made) => made.host === host).map((made) => made.authorization));
  expect(tokens("hub")).toEqual(new Set(["Bearer secret"]));
  expect(tokens("cdn")).toEqual(new Set([null]));
});

test("fetches nothing that is there", async () => {
  await download();
  const before = hub.requests.length;
  await download();
  expect(hub.requests.slice(before).map(({ file }) => file)).toEqual([null]);
});

test("goes on with what an earlier try has left, and completes what another tool began", async () => {
  const enough = 20_000_000;
  const leaving = new AbortController();
  const left = download({
    signal: leaving.signal,
    onProgress: ({ bytesDone }) => bytesDone > enough && leaving.abort(new Error("left")),
  });
  hub.misbehave((made) => (ofWeights(made) ? { kind: "slow", bytesPerSecond: 2e7 } : undefined));
  await expect(left).rejects.toThrow("left");
  const blobs = await readdir(join(modelPath(), "blobs"));
  expect(blobs.some((name) => name.endsWith(".partial.json"))).toBe(true);
  hub.misbehave(undefined);
  const before = hub.requests.length;
  let first: number | undefined;
  await expectWhole(await download({ onProgress: ({ bytesDone }) => (first ??= bytesDone) }));
  expect(first).toBeGreaterThan(enough);
  const again = hub.requests.slice(before).filter(ofWeights);
  const asked = again.reduce((sum, { range }) => sum + range![1] - range![0], 0);
  expect(asked).toBeLessThanOrEqual(large.length - enough);
});

test("cuts in mid-file cost only what had not arrived", async () => {
  hub.misbehave((made) =>
    ofWeights(made) && made.attempt < 12 ? { kind: "cut", afterBytes: 1_500_000 } : undefined,
  );
  await expectWhole(await download());
  const starts = hub.requests.filter(ofWeights).map(({ range }) => range![0]);
  expect(starts.some((start) => start % 1_500_000 === 0 && start > 0)).toBe(true);
});

test("a connection over which nothing comes is made anew", async () => {
  hub.misbehave((made) =>
    ofWeights(made) && made.attempt < 2 ? { kind: "stall", afterBytes: 100_000 } : undefined,
  );
  await expectWhole(await download({}, { patience: { ...patience, stallMs: 700 } }));
});

test("a slow link is no stalled one", async () => {
  hub.misbehave(({ host, file }) =>
    host === "cdn" && file === codec ? { kind: "slow", bytesPerSecond: 30_000 } : undefined,
  );
  // All of it takes longer than a stall would be waited for.
  await expectWhole(await download({}, { patience: { ...patience, stallMs: 2000, attempts: 3 } }));
});

test("a host without ranges sends the whole file", async () => {
  hub.misbehave(({ host, attempt }) =>
    host === "cdn" && attempt > 0 ? { kind: "no_ranges" } : undefined,
  );
  await expectWhole(await download());
});

test.each([429, 500, 503])("%i is waited out, for as long as the server says", async (status) => {
  hub.misbehave(({ file, attempt }) =>
    file !== "config.json" && attempt < 2
      ? { kind: "status", status, headers: { "retry-after": "0" } }
      : undefined,
  );
  await expectWhole(await download());
});

test("a server that asks for a long pause is left for later", async () => {
  const headers = { "retry-after": "3600" };
  hub.misbehave(({ host }) =>
    host === "cdn" ? { kind: "status", status: 429, headers } : undefined,
  );
  const failed = download();
  await expect(failed).rejects.toMatchObject({ code: "offline", retryable: true });
  await expect(failed).rejects.toThrow(/429.*3600 s/);
});

test("an address of the other host that has run out is asked for again", async () => {
  hub.misbehave((made) =>
    ofWeights(made) && made.attempt < 3 ? { kind: "status", status: 403 } : undefined,
  );
  await expectWhole(await download());
});

test("wrong bytes once are fetched again, twice they are refused", async () => {
  const spoilt = (times: number) => (made: HubRequest) =>
    made.host === "cdn" && made.file === codec && made.attempt < times
      ? ({ kind: "wrong_byte", at: 1234 } as const)
      : undefined;
  hub.misbehave(spoilt(1));
  await expectWhole(await download());
  await rm(modelPath(), { recursive: true });
  hub.misbehave(spoilt(1000));
  const failed = download();
  await expect(failed).rejects.toMatchObject({ code: "damaged" });
  await expect(failed).rejects.toThrow(/speech_tokenizer\/model\.safetensors.*twice/);
  expect(await readdir(modelPath())).not.toContain("snapshots");
  hub.misbehave(undefined);
  await expectWhole(await download());
});

test("wrong bytes of a small file are seen too", async () => {
  hub.misbehave(({ file }) => (file === "config.json" ? { kind: "wrong_byte", at: 3 } : undefined));
  await expect(download()).rejects.toMatchObject({ code: "damaged" });
});

test("a file that changes in mid-download is fetched as it is now", async () => {
  const other = randomBytes(large.length);
  let replaced: Promise<void> | undefined;
  hub.misbehave((made) => {
    if (made.host === "cdn" && made.file === weights && made.attempt === 1) {
      replaced = hub.replace(repo, weights, other);
    }
    return ofWeights(made) && made.attempt < 3 ? { kind: "cut", afterBytes: 70_000 } : undefined;
  });
  const folder = await download();
  await replaced;
  await expectWhole(folder, { ...files, [weights]: other });
});

test("says what to do when the hub does not know the model, or the user", async () => {
  const unknown = downloadWith(await settings(), "Qwen/Absent", {});
  await expect(unknown).rejects.toMatchObject({ code: "not_found", retryable: false });
  await hub.close();
  hub = await startStandInHub({ token: "other" });
  await hub.publish(repo, files);
  const refused = download();
  await expect(refused).rejects.toMatchObject({ code: "unauthorized", retryable: false });
  await expect(refused).rejects.toThrow(/Qwen\/Tiny.*HF_TOKEN/);
});

test("without a network what is there is the answer, and else a reason", async () => {
  const nowhere = { endpoint: "http://127.0.0.1:9999" };
  const failed = download({}, nowhere);
  await expect(failed).rejects.toMatchObject({ code: "offline" });
  await expect(failed).rejects.toThrow(/127\.0\.0\.1:9999.*ECONNREFUSED/);
  const folder = await download();
  expect(await download({}, nowhere)).toBe(folder);
  const before = hub.requests.length;
  expect(await download({}, { offline: true })).toBe(folder);
  expect(hub.requests.length).toBe(before);
});

test.each(["hub.example", "file:///models", ""])(
  "'%s' is no hub, and that is said",
  async (endpoint) => {
    const failed = download({}, { endpoint });
    await expect(failed).rejects.toMatchObject({ code: "offline" });
    await expect(failed).rejects.toThrow(/HF_ENDPOINT is '.*like https:/);
  },
);

test("a redirect that leads nowhere is tried again, and then told of", async () => {
  hub.misbehave(({ file }) =>
    file === weights
      ? { kind: "status", status: 302, headers: { location: "http://" } }
      : undefined,
  );
  const failed = download({}, { patience: { ...patience, attempts: 2 } });
  await expect(failed).rejects.toMatchObject({ code: "offline" });
  await expect(failed).rejects.toThrow(/redirects to no address/);
});

test("what a removal that was killed has left makes room for a download", async () => {
  const left = join(cacheFolder, ".qwen-tts-removed-1");
  await mkdir(join(left, "blobs"), { recursive: true });
  await download();
  expect(await readdir(cacheFolder)).not.toContain(".qwen-tts-removed-1");
});

test("a listing cannot lead out of the cache", async () => {
  await hub.publish(repo, { "../../escaped": Buffer.from("x") });
  await expect(download()).rejects.toMatchObject({ code: "damaged" });
  for (const name of ["../up", "a/b/c", "Qwen", "Qwen/..", "Qwen/a--b"]) {
    await expect(downloadWith(await settings(), name, {})).rejects.toMatchObject({
      code: "not_found",
    });
  }
  await expect(download({ revision: "../x" })).rejects.toMatchObject({ code: "not_found" });
});

test("two at once: one waits, and finds it done", async () => {
  hub.misbehave((made) => (ofWeights(made) ? { kind: "slow", bytesPerSecond: 4e7 } : undefined));
  let waited = 0;
  const options = { onWait: () => waited++ };
  let afterFirst = 0;
  const done = (folder: string): string => {
    afterFirst ||= hub.requests.length;
    return folder;
  };
  const downloads = [download(options).then(done), download(options).then(done)];
  const [first, second] = await Promise.all(downloads);
  expect(second).toBe(first);
  await expectWhole(first!);
  expect(waited).toBe(1);
  expect(hub.requests.slice(afterFirst).filter(({ file }) => file !== null)).toEqual([]);
});

test("what does not fit on the disk is not begun", async () => {
  const { transport } = await settings();
  const inflated: Transport = async (url, options) => {
    const answer = await transport(url, options);
    const json = answer.body.json.bind(answer.body);
    answer.body.json = async () => {
      const text = JSON.stringify(await json());
      return JSON.parse(text.replaceAll('"size":70000', '"size":1000000000000000')) as unknown;
    };
    return answer;
  };
  const failed = download({}, { transport: inflated });
  await expect(failed).rejects.toMatchObject({ code: "disk_full" });
  await expect(failed).rejects.toThrow(/needs 1000000\.\d GB more, and [\d.]+ [GM]B are free/);
  expect(hub.requests.every(({ file }) => file === null)).toBe(true);
});

test("where links cannot be made the file itself is in the snapshot, once", async () => {
  const blob = join(cacheFolder, "blob");
  const path = join(cacheFolder, "shown");
  await writeFile(blob, "bytes");
  const refuse = () => Promise.reject(new Error("EPERM"));
  await linkFile(blob, { path, shownAs: path }, refuse);
  expect(await readFile(path, "utf8")).toBe("bytes");
  expect((await lstat(path)).isFile()).toBe(true);
});
