// A model in words, and what can be done to it now. In: what the server says of it. Out: sentences and
// actions. Knows nothing of React.
import type { ManagedModelBody, ModelsResponse, ModelVariantName } from "qwen-tts/protocol";
import { formatBytes, formatWait } from "../format.ts";
import type { ModelAction } from "./models-api.ts";

export const variantPurpose: Record<ModelVariantName, string> = {
  custom_voice: "Ready-made speakers.",
  voice_design: "Makes a voice from a description.",
  base: "Speaks with voices from recordings, and with those that you designed.",
};

export type Tone = "good" | "busy" | "bad" | "quiet";

/** The state in a few words. */
export function describeState({ state }: ManagedModelBody): { text: string; tone: Tone } {
  switch (state) {
    case "absent":
      return { text: "Not downloaded", tone: "quiet" };
    case "queued":
      return { text: "Waits for its turn", tone: "busy" };
    case "downloading":
      return { text: "Downloading", tone: "busy" };
    case "paused":
      return { text: "Paused", tone: "quiet" };
    case "converting":
      return { text: "Being converted", tone: "busy" };
    case "on_disk":
      return { text: "On disk", tone: "quiet" };
    case "loading":
      return { text: "Loading", tone: "busy" };
    case "ready":
      return { text: "Loaded", tone: "good" };
    case "failed":
      return { text: "Failed", tone: "bad" };
  }
}

export function isOnItsWay({ state }: ManagedModelBody): boolean {
  return state === "queued" || state === "downloading" || state === "paused";
}

/** Whether it can speak, at once or after loading. */
export function isHere({ state }: ManagedModelBody): boolean {
  return state === "on_disk" || state === "loading" || state === "ready";
}

/** "2.5 GB to download." */
export function describeSize({ bytes_done, bytes_total }: Progress): string {
  if (bytes_total <= 0) return "";
  const place = bytes_done < bytes_total ? "to download" : "on the disk";
  return `${formatBytes(bytes_total)} ${place}.`;
}

type Progress = Pick<
  ManagedModelBody,
  "bytes_done" | "bytes_total" | "bytes_per_second" | "seconds_left"
>;

/** "812 MB of 1.9 GB, 24 MB/s, 45 s left" */
export function describeProgress(model: Progress): string {
  const { bytes_done, bytes_total, bytes_per_second, seconds_left } = model;
  return [
    `${formatBytes(bytes_done)} of ${formatBytes(bytes_total)}`,
    bytes_per_second !== null && `${formatBytes(bytes_per_second)}/s`,
    seconds_left !== null && `${formatWait(seconds_left)} left`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** 43, never 100 before the end. */
export function percentDone({
  bytes_done,
  bytes_total,
}: Pick<Progress, "bytes_done" | "bytes_total">): number {
  if (bytes_total <= 0) return 0;
  return Math.min(100, Math.floor((100 * bytes_done) / bytes_total));
}

export type OfferedAction = {
  action: ModelAction;
  label: string;
  /** Why not now. */
  blocked?: string | undefined;
};

type Place = Pick<ModelsResponse, "offline" | "disk_free_bytes">;

/** What is offered, the most likely first. */
export function actionsFor(model: ManagedModelBody, place: Place): OfferedAction[] {
  const download = (label: string): OfferedAction => ({
    action: "download",
    label,
    blocked: downloadBlocked(model, place),
  });
  const remove: OfferedAction[] = model.removable ? [{ action: "delete", label: "Delete" }] : [];
  switch (model.state) {
    case "absent":
      return [download("Download")];
    case "queued":
    case "downloading":
      return [{ action: "pause", label: "Pause" }];
    case "paused":
      return [download("Resume"), ...remove];
    case "failed":
      return [download("Try again"), ...remove];
    case "on_disk":
      return remove;
    case "ready":
      return [{ action: "unload", label: "Unload" }, ...remove];
    case "converting":
    case "loading":
      return [];
  }
}

function downloadBlocked(model: ManagedModelBody, place: Place): string | undefined {
  if (!model.removable) return undefined;
  if (place.offline) return "The server runs with --offline: start it without, or copy the files.";
  const missing = model.bytes_total - model.bytes_done;
  const free = place.disk_free_bytes;
  if (free === null || free >= missing) return undefined;
  return `Needs ${formatBytes(missing)}, and the disk has ${formatBytes(free)} free: make room first.`;
}
