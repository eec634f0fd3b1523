// One process at a time does a thing. In: a name and the thing. Out: its result. The lock is a file
// with the owner's process id; one left behind by a dead owner is taken over.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const pollMs = 100;

/** Run `work` while no other process runs one under the same `name` in `folder`. `onWait` is called once if it must wait. */
export async function withLock({ folder, name, onWait }, work) {
  mkdirSync(folder, { recursive: true });
  const lockPath = join(folder, `${name}.lock`);
  const minePath = join(folder, `${name}.${process.pid}`);
  writeFileSync(minePath, String(process.pid));
  try {
    for (let waits = 0; !tryLink(minePath, lockPath); waits++) {
      if (waits === 0) onWait?.();
      clearIfDead(lockPath, minePath);
      await sleep(pollMs);
    }
  } finally {
    rmSync(minePath);
  }
  try {
    return await work();
  } finally {
    rmSync(lockPath);
  }
}

/** Linking a finished file is atomic, so that nobody ever sees a lock without its owner in it. */
function tryLink(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function clearIfDead(lockPath, minePath) {
  const owner = readOwner(lockPath);
  if (owner === undefined || isAlive(owner)) return;
  // Renamed, not removed: if another process took the lock over since we read it, we moved a living
  // lock away, can see that, and put it back.
  const asidePath = `${minePath}.aside`;
  try {
    renameSync(lockPath, asidePath);
  } catch (error) {
    if (error.code === "ENOENT") return;
    throw error;
  }
  if (readOwner(asidePath) !== owner) tryLink(asidePath, lockPath);
  rmSync(asidePath);
}

function readOwner(path) {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
