// The fake engine as a module for a host: the same tones and directives, and faults that are real. Its
// steps block the thread, as a model's do, so that only `beforeStep` lets a cancel in.
import { appendFileSync, existsSync, writeFileSync, writeSync } from "node:fs";
import { EngineError } from "../engine-error.ts";
import type { EngineHost } from "../host/engine-host.ts";
import { encodeMessage } from "../host/framing.ts";
import type { SpeechEngine } from "../speech-engine.ts";
import { createFakeEngine, type FakeEngine, type FakeWorld } from "./fake-engine.ts";

export type HostedFakeOptions = {
  rows?: number;
  stepMs?: number;
  /** A file that gets the number of the host's process. */
  pidFile?: string;
  /** A file that gets one line of JSON for each plan. */
  planLog?: string;
  /** `[gate N]` makes the file `<gate>.reached` and blocks until `<gate>` exists. */
  gate?: string;
  /** Loading fails while this file is missing. */
  needs?: string;
  /** Loading does this instead: never ends, or kills the process. */
  load?: "hang" | "crash";
};

const gatePollMs = 2;
/** What `[long N]` declares and what it takes: it is long, but no hang. */
const longStep = { expectedMs: 60_000, takesMs: 2_500 };
/** `[alloc N]` and `[heap N]` give up here, if no limit holds. */
const mostBytes = 4 * 1024 ** 3;
const allocBytes = 32 * 1024 ** 2;
const pipeToServer = 3;

export function createEngine(options: HostedFakeOptions, host: EngineHost): SpeechEngine {
  const { rows = 4, stepMs = 0, pidFile, planLog, needs, load } = options;
  if (pidFile !== undefined) writeFileSync(pidFile, String(process.pid));
  if (needs !== undefined && !existsSync(needs)) {
    throw new EngineError("not_ready", "The fake's file is missing. Make it.");
  }
  if (load === "hang") hang();
  if (load === "crash") crash();
  const world: FakeWorld = {
    ...host,
    planned: (expectedMs) => {
      const plan = JSON.stringify(engine.plans.at(-1));
      if (planLog !== undefined) appendFileSync(planLog, `${plan}\n`);
      host.planned(expectedMs);
    },
    // Lets promises run, so that audio leaves, but never the event loop, where cancels would come in.
    step: (ms) => {
      block(ms);
      return new Promise((resolve) => process.nextTick(resolve));
    },
    fault: (name) => {
      fault(name, options, host);
      return "continue";
    },
  };
  const engine: FakeEngine = createFakeEngine({ rows, stepMs }, world);
  return engine;
}

function fault(name: string, options: HostedFakeOptions, host: EngineHost): void {
  if (name === "crash") crash();
  if (name === "oom") throw new EngineError("out_of_memory", "The fake was told to run out.");
  if (name === "hang") hang();
  if (name === "alloc") fillBuffers();
  if (name === "heap") fillHeap();
  if (name === "garbage") writeSync(pipeToServer, encodeMessage({ kind: "nonsense" }));
  if (name === "gate" && options.gate !== undefined) waitAtGate(options.gate);
  if (name === "long") {
    host.planned(longStep.expectedMs);
    block(longStep.takesMs);
  }
}

function block(ms: number): void {
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

// process.abort() does not exist on this thread.
function crash(): void {
  process.kill(process.pid, "SIGSEGV");
  hang();
}

function hang(): void {
  for (;;);
}

function waitAtGate(gate: string): void {
  writeFileSync(`${gate}.reached`, "");
  while (!existsSync(gate)) block(gatePollMs);
}

function fillBuffers(): void {
  const kept: Uint8Array[] = [];
  while (kept.length * allocBytes < mostBytes) kept.push(new Uint8Array(allocBytes).fill(1));
  throw new Error("The memory limit did not hold.");
}

function fillHeap(): void {
  const kept: number[][] = [];
  const numbers = allocBytes / Float64Array.BYTES_PER_ELEMENT;
  while (kept.length * allocBytes < mostBytes) {
    kept.push(Array.from({ length: numbers }, (_, index) => index + 0.5));
  }
  throw new Error("The heap limit did not hold.");
}
