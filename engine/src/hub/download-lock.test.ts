// The lock with real processes: one that lives, one that was killed, one elsewhere, and many that come at once.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { downloadHolder, lockDownloads, type LockHolder } from "./download-lock.ts";

let cacheFolder: string;
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), "hub-lock-"));
});
afterEach(() => rm(cacheFolder, { recursive: true }));

const forever = new AbortController().signal;
const lockFile = () => join(cacheFolder, ".locks", "qwen-tts-download.json");

/** A process that holds the lock until it is killed. */
async function otherProcess() {
  const module = new URL("../../dist/hub/download-lock.js", import.meta.url).href;
  const script = `
    const { lockDownloads } = await import(${JSON.stringify(module)});
    const signal = new AbortController().signal;
    await lockDownloads(${JSON.stringify(cacheFolder)}, { repo: "Qwen/Other", signal });
    console.log("held");
    setInterval(() => undefined, 1000);`;
  const args = ["--input-type=module", "-e", script];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

test("a process that lives is waited for, one that was killed is not", async () => {
  const child = await otherProcess();
  let tell: (holder: LockHolder) => void = () => undefined;
  const waited = new Promise<LockHolder>((resolve) => (tell = resolve));
  const lock = lockDownloads(cacheFolder, {
    repo: "a/b",
    signal: forever,
    onWait: (holder) => tell(holder),
  });
  expect(await waited).toMatchObject({ pid: child.pid, repo: "Qwen/Other" });
  expect(await downloadHolder(cacheFolder)).toMatchObject({ pid: child.pid });
  child.kill("SIGKILL");
  await (await lock).release();
  expect(await downloadHolder(cacheFolder)).toBeNull();
});

test("waiting ends when the caller has enough", async () => {
  const lock = await lockDownloads(cacheFolder, { repo: "a/b", signal: forever });
  const leaving = new AbortController();
  const onWait = () => leaving.abort(new Error("enough"));
  const waiting = lockDownloads(cacheFolder, { repo: "a/b", signal: leaving.signal, onWait });
  await expect(waiting).rejects.toThrow("enough");
  await lock.release();
});

test("a lock that cannot be read is told of, not asked for again and again", async () => {
  await mkdir(lockFile(), { recursive: true });
  const impatient = AbortSignal.timeout(5_000);
  const lock = lockDownloads(cacheFolder, { repo: "a/b", signal: impatient });
  await expect(lock).rejects.toMatchObject({ code: "EISDIR" });
});

test("a number that another process has got since is not taken for the holder", async () => {
  const lock = await lockDownloads(cacheFolder, { repo: "a/b", signal: forever });
  const record = JSON.parse(await readFile(lockFile(), "utf8")) as object;
  await lock.release();
  await writeFile(lockFile(), JSON.stringify({ ...record, token: "old", started: "1" }));
  expect(await downloadHolder(cacheFolder)).toBeNull();
});

test("a holder elsewhere counts as long as it touches the lock", async () => {
  await (await lockDownloads(cacheFolder, { repo: "a/b", signal: forever })).release();
  const elsewhere = { pid: 1, repo: "a/b", token: "t", place: "another machine", started: "1" };
  await writeFile(lockFile(), JSON.stringify(elsewhere));
  expect(await downloadHolder(cacheFolder)).toMatchObject({ pid: 1 });
  const longAgo = new Date(Date.now() - 3_600_000);
  await utimes(lockFile(), longAgo, longAgo);
  await (await lockDownloads(cacheFolder, { repo: "a/b", signal: forever })).release();
});

test("of many that find a dead holder one at a time gets it", async () => {
  const child = await otherProcess();
  child.kill("SIGKILL");
  await once(child, "exit");
  let holders = 0;
  const use = async (): Promise<void> => {
    const lock = await lockDownloads(cacheFolder, { repo: "a/b", signal: forever });
    expect(++holders).toBe(1);
    await readFile(lockFile());
    holders--;
    await lock.release();
  };
  await Promise.all(Array.from({ length: 8 }, use));
});
