// One downloader at a time for a cache. In: a cache folder. Out: a lock that is ours, or word of who has it. A file says who:
// a process of this machine holds it while it lives; one elsewhere (another container, another machine on a shared disk)
// while it touches the file. So a crash leaves no lock behind.
import { randomUUID } from "node:crypto";
import {
  link,
  mkdir,
  open,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { EngineError } from "../engine-error.ts";
import { pause } from "./retry.ts";

export type LockHolder = { pid: number; repo: string };
export type DownloadLock = {
  /** Aborts when another process has taken the lock over: this one was taken for dead. */
  lost: AbortSignal;
  release(): Promise<void>;
};

type LockRecord = LockHolder & { token: string; place: string; started: string };

const beatMs = 5_000;
/** Six beats missed, from afar: its process is gone. */
const deadAfterMs = 30_000;
const lookEveryMs = 250;

function lockPath(cacheFolder: string): string {
  return join(cacheFolder, ".locks", "qwen-tts-download.json");
}

export type LockOptions = {
  repo: string;
  signal: AbortSignal;
  /** Called once, when another has it. */
  onWait?: (holder: LockHolder) => void;
};

/** Waits until it is free. */
export async function lockDownloads(
  cacheFolder: string,
  { repo, signal, onWait }: LockOptions,
): Promise<DownloadLock> {
  const path = lockPath(cacheFolder);
  const own = await recordOf(repo);
  await mkdir(dirname(path), { recursive: true });
  for (let told = false; ;) {
    signal.throwIfAborted();
    if (await take(path, own)) return held(path, own);
    const other = await holderOf(path);
    if (other === null) continue;
    if (await isDead(path, other)) {
      if (await takeOver(path, { dead: other, own })) return held(path, own);
      await pause(lookEveryMs, signal);
    } else {
      if (!told) onWait?.(other);
      told = true;
      await pause(lookEveryMs, signal);
    }
  }
}

/** Who downloads into the cache now. */
export async function downloadHolder(cacheFolder: string): Promise<LockHolder | null> {
  const path = lockPath(cacheFolder);
  const holder = await holderOf(path);
  return holder === null || (await isDead(path, holder)) ? null : holder;
}

async function recordOf(repo: string): Promise<LockRecord> {
  const { pid } = process;
  const [place, started] = await Promise.all([placeOfProcesses(), startOf(pid)]);
  return { pid, repo, token: randomUUID(), place, started: started ?? "" };
}

/** The lock appears with its contents, or not at all. */
async function take(path: string, own: LockRecord): Promise<boolean> {
  const draft = `${path}.${own.token}`;
  await writeFile(draft, JSON.stringify(own));
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    return await takeWithoutLinks(path, own); // exFAT
  } finally {
    await rm(draft, { force: true });
  }
}

async function takeWithoutLinks(path: string, own: LockRecord): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(own), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Null: there is none. A file that is cut belongs to nobody of this machine.
 * @throws what the disk says of one that is there and cannot be read: it would be asked for without an end
 */
async function holderOf(path: string): Promise<LockRecord | null> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  const nobody: LockRecord = { pid: 0, repo: "", token: text, place: "", started: "" };
  try {
    return { ...nobody, ...(JSON.parse(text) as LockRecord) };
  } catch {
    return nobody;
  }
}

async function isDead(path: string, holder: LockRecord): Promise<boolean> {
  if (holder.place === (await placeOfProcesses()) && holder.started !== "") {
    return (await startOf(holder.pid)) !== holder.started;
  }
  const touched = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  return Date.now() - touched > deadAfterMs;
}

/** Of several that see a dead holder, one may put itself in its place. */
async function takeOver(
  path: string,
  { dead, own }: { dead: LockRecord; own: LockRecord },
): Promise<boolean> {
  const turn = `${path}.turn`;
  const mine = await open(turn, "wx").catch(() => null);
  if (mine === null) {
    await removeDeadTurn(turn);
    return false;
  }
  try {
    if ((await holderOf(path))?.token !== dead.token) return false;
    await writeFile(`${path}.${own.token}`, JSON.stringify(own));
    await rename(`${path}.${own.token}`, path);
    return true;
  } finally {
    await mine.close();
    await rm(turn, { force: true });
  }
}

/** A turn takes milliseconds; who has had it for long died in it. */
async function removeDeadTurn(turn: string): Promise<void> {
  const since = await stat(turn).catch(() => null);
  if (since && Date.now() - since.mtimeMs > deadAfterMs) await rm(turn, { force: true });
}

function held(path: string, own: LockRecord): DownloadLock {
  const lost = new AbortController();
  const isOurs = async () => (await holderOf(path))?.token === own.token;
  const beat = async (): Promise<void> => {
    const now = new Date();
    if (await isOurs()) await utimes(path, now, now);
    else lost.abort(takenOver());
  };
  const beating = setInterval(() => void beat().catch(() => undefined), beatMs);
  beating.unref();
  return {
    lost: lost.signal,
    release: async () => {
      clearInterval(beating);
      if (await isOurs().catch(() => false)) await rm(path, { force: true });
    },
  };
}

function takenOver(): EngineError {
  const message = "Another process has taken this download over. Ask for it again to wait for it.";
  return new EngineError("not_ready", message);
}

/** Where process numbers mean the same: a machine since its start, and a container of it. */
async function placeOfProcesses(): Promise<string> {
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  const container = await readlink("/proc/self/ns/pid").catch(() => "");
  return [hostname(), boot.trim(), container].join(" ");
}

/** When a process began, so that a number that is used again is not taken for it; null: it is gone, or cannot be known. */
async function startOf(pid: number): Promise<string | null> {
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  // The name, which may hold anything, ends with the last bracket; field 22 of all is the 20th after it.
  return status?.slice(status.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}
