// For tests of the host: the fake engine in a process of its own, and the traces it leaves in files.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createHostedEngine, type HostedEngineOptions } from "../host/client.ts";
import type { SpeechEngine } from "../speech-engine.ts";
import { createFakeEngine } from "./fake-engine.ts";
import type { HostedFakeOptions } from "./hosted-fake.ts";

export const hostedFakeUrl = new URL("./hosted-fake.ts", import.meta.url);

export function createHostedFake(
  fake: HostedFakeOptions = {},
  changes: Partial<HostedEngineOptions> = {},
): SpeechEngine {
  const model = createFakeEngine().status().models[0]!;
  return createHostedEngine({
    engine: "fake",
    moduleUrl: hostedFakeUrl,
    moduleOptions: fake,
    model,
    ...changes,
  });
}

/** A folder that is gone after the test. */
export function temporaryFolder(): { file: (name: string) => string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), "hosted-fake-"));
  return {
    file: (name) => join(folder, name),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

/** The plans that a hosted fake logged: the numbers of the rows in each step. */
export function loggedPlans(path: string): number[][] {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as number[]);
}

const pollMs = 5;

/** For what another process does: resolves when `condition` holds. The test's time limit is the end. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(pollMs);
}

/** Whether a process runs; one that is dead and waits to be collected does not. */
export function isRunning(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return false;
  try {
    return !/\) [ZX] /.test(readFileSync(stat, "utf8"));
  } catch {
    return false; // it ended between the two looks
  }
}
