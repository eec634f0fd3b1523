// `qwen-tts download` when there is no room for more in the middle of a file: on a small disk of its own where this machine
// lets one be mounted, and with a limit on the size of files. It says what to do, and goes on where it was afterwards.
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { startStandInHub, type StandInHub } from "qwen3-tts/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { seededRandom } from "../src/testing/damage.ts";

const repo = "Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice";
const program = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const random = seededRandom(1);
const weights = Buffer.from(Array.from({ length: 400_000 }, () => Math.floor(256 * random())));
/** More than half of the file lacks room. */
const roomBytes = 160 * 1024;
/** Seconds until the room is used, and a journal of what is there is written each second. */
const bytesPerSecond = 40_000;

type Place = {
  /** Arguments of `spawn`, so that a command is run in this place. */
  command: (args: readonly string[]) => string[];
  /** While a process writes. */
  tighten: (process: ChildProcess) => void;
  widen: () => void;
  close: () => void;
  says: RegExp;
};

let folder: string;
let hub: StandInHub;
let place: Place | undefined;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "full-disk-"));
  hub = await startStandInHub();
  await hub.publish(repo, { "config.json": Buffer.from("{}"), "model.safetensors": weights });
});
afterEach(async () => {
  place?.close();
  await hub.close();
  rmSync(folder, { recursive: true });
});

/** A disk in the memory, which only processes in its namespace see. */
async function smallDisk(): Promise<Place> {
  const mounted = `mount -t tmpfs -o size=8m none "$0" && echo mounted && read line`;
  const holder = spawn("unshare", ["-Urm", "sh", "-c", mounted, folder]);
  await once(holder.stdout, "data");
  const command = (args: readonly string[]): string[] => [
    ...["nsenter", "--preserve-credentials", "-U", "-m", "-t", String(holder.pid)],
    ...args,
  ];
  const resize = (bytes: number): void => {
    const [file, ...args] = command(["mount", "-o", `remount,size=${bytes}`, folder]);
    execFileSync(file!, args);
  };
  return {
    command,
    tighten: () => resize(roomBytes),
    widen: () => resize(2 ** 23),
    close: () => void holder.kill(),
    says: /The disk became full; what has arrived is kept\. Make room, or set HF_HUB_CACHE/,
  };
}

/** As `ulimit -f` sets it, or as a disk has it whose files cannot be large. */
function limitedFiles(): Promise<Place> {
  return Promise.resolve({
    command: (args) => [...args],
    tighten: ({ pid }) => {
      execFileSync("prlimit", ["--pid", String(pid), `--fsize=${roomBytes}:`]);
    },
    widen: () => undefined,
    close: () => undefined,
    says: /no file may be larger here.*what has arrived is kept\. .*set HF_HUB_CACHE/,
  });
}

const mayMount =
  spawnSync("unshare", ["-Urm", "mount", "-t", "tmpfs", "none", tmpdir()]).status === 0;
const places: [string, () => Promise<Place>][] = [
  ["a limit on the size of files", limitedFiles],
  ...(mayMount ? [["a small disk", smallDisk] satisfies [string, () => Promise<Place>]] : []),
];

function download({ command }: Place): ChildProcess {
  const [file, ...args] = command([process.execPath, program, "download"]);
  const env = { ...process.env, HF_ENDPOINT: hub.url, HF_HUB_CACHE: join(folder, "hub") };
  return spawn(file!, args, { env, stdio: ["ignore", "pipe", "pipe"] });
}

test.each(places)("%s", async (_, make) => {
  place = await make();
  const begun = new Promise<void>((resolve) => {
    hub.misbehave(({ host }) => {
      if (host !== "cdn") return undefined;
      resolve();
      return { kind: "slow", bytesPerSecond };
    });
  });
  const first = download(place);
  await begun;
  place.tighten(first);
  const [said] = await Promise.all([text(first.stderr!), once(first, "exit")]);
  expect(said).toMatch(place.says);
  expect(first.exitCode).toBe(1);

  place.widen();
  hub.misbehave(undefined);
  const asked = hub.requests.length;
  const second = download(place);
  const [out] = await Promise.all([text(second.stdout!), once(second, "exit")]);
  expect(second.exitCode).toBe(0);
  const ranges = hub.requests.slice(asked).filter(({ host }) => host === "cdn");
  expect(ranges[0]!.range![0]).toBeGreaterThan(0);
  const [file, ...args] = place.command(["cat", join(out.trim(), "model.safetensors")]);
  expect(execFileSync(file!, args).equals(weights)).toBe(true);
});
