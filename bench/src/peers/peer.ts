// What the peers' programs have in common. In: the arguments of our server, a program and its arguments. Out: model and
// threads, what the program printed, and ours as a share of theirs. Knows no program.
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import type { Figure } from "../figures.ts";

/** Six seconds, as our clips. */
export const peerFrames = "75";

export type PeerSettings = { model: string; threads: string };

/** @param args of our server */
export function peerSettings(args: readonly string[]): PeerSettings {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: { model: { type: "string" }, threads: { type: "string" } },
  });
  const threads = String(values.threads ?? availableParallelism());
  return { model: String(values.model), threads };
}

/** @param variable that named the program @returns both outputs */
export function outputOf(variable: string, program: string, args: readonly string[]): string {
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status === 0) return stdout + stderr;
  throw new Error(`${variable}, ${program}, failed: ${error?.message ?? stderr.slice(-500)}`);
}

/** Both are wall seconds for a second of audio of one stream. */
export function comparedFigures(peer: string, factor: number, ownFactor: number): Figure[] {
  const share = `our real-time factor, 1 at once, as a share of ${peer}`;
  return [
    { name: `${peer}: real-time factor`, value: factor, unit: "" },
    { name: share, value: ownFactor / factor, unit: "" },
  ];
}
