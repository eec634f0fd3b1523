// What a model was measured to cost on this machine, kept beside its converted weights, so that a model that is loaded
// again and again is measured once. In: the checkpoint and how it is loaded. Out: costs that still hold, or none. What
// is damaged, old, or of another machine is none; a place that cannot be written only measures again.
import { availableParallelism, cpus } from "node:os";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { openCacheNote, weightCacheFolder } from "../checkpoint/weight-cache.ts";
import type { Precision } from "../model/matrix.ts";
import type { Device } from "../runtime/device.ts";
import { codecCallSizes } from "../scheduler/plan.ts";
import type { SpeechCosts } from "./measure-costs.ts";

export type KeptCosts = {
  read(): Promise<SpeechCosts | null>;
  write(costs: SpeechCosts): Promise<void>;
};

/** Of whatever else may have changed: the runtime, the system, what the machine does beside it. */
const holdsMs = 7 * 24 * 60 * 60 * 1000;

export async function openKeptCosts(
  checkpoint: Pick<Checkpoint, "tensors" | "codecTensors">,
  loaded: { precision: Precision; threads: number; device: Device },
): Promise<KeptCosts> {
  const { precision, threads, device } = loaded;
  const name = `costs-${precision}-${device}-${threads}.json`;
  const note = await openCacheNote(checkpoint, weightCacheFolder(), name);
  return {
    read: async () => costsOf(await note.read()),
    write: ({ codecMs, ...costs }) =>
      note.write({ ...costs, codecMs: [...codecMs], machine: machine(), measuredMs: Date.now() }),
  };
}

/** A cache may be copied, and a container may get fewer cores at its next start. */
function machine(): string {
  return `${cpus()[0]?.model ?? ""}, ${availableParallelism()} cores`;
}

function costsOf(note: unknown): SpeechCosts | null {
  if (typeof note !== "object" || note === null) return null;
  const fields = note as Record<string, unknown>;
  const { stepMs, frameMs, codecMs, measuredMs } = fields;
  if (fields.machine !== machine() || !isTime(measuredMs)) return null;
  const ageMs = Date.now() - measuredMs;
  if (ageMs < 0 || ageMs > holdsMs) return null;
  if (!isTime(stepMs) || !isTime(frameMs) || !Array.isArray(codecMs)) return null;
  const sizes = codecCallSizes();
  const calls = codecMs.map(callOf);
  const isWhole =
    sizes.length === calls.length && sizes.every((size, at) => calls[at]?.[0] === size);
  return isWhole ? { stepMs, frameMs, codecMs: new Map(calls as [number, number][]) } : null;
}

function callOf(entry: unknown): [number, number] | null {
  if (!Array.isArray(entry)) return null;
  const [size, ms] = entry as unknown[];
  return typeof size === "number" && isTime(ms) ? [size, ms] : null;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}
