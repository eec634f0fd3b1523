// One managed model in the words of the HTTP interface. In: what is known of it on the disk, of its download and of
// the pool. Out: its body. Decides nothing.
import type { ModelStatus } from "qwen3-tts";
import type { ManagedModelBody, ManagedModelState } from "../../protocol.ts";
import type { DownloadState } from "./downloads.ts";

export type ModelFacts = {
  id: string;
  label: string;
  variant: ManagedModelBody["variant"];
  size: string;
  /** Of its files; about, before they have been listed. */
  bytes: number;
  removable: boolean;
};

/** `onDisk`: a complete checkpoint; `status`: what the pool says, null where it does not have the model; `converted`: nothing is left to convert. */
export type ModelNow = {
  download: DownloadState;
  onDisk: boolean;
  status: ModelStatus | null;
  converted: boolean;
};

type Part = Partial<Omit<ManagedModelBody, "state">> & { state: ManagedModelState };

export function modelBody(facts: ModelFacts, now: ModelNow): ManagedModelBody {
  const { bytes, ...rest } = facts;
  return {
    ...rest,
    reason: null,
    bytes_total: bytes,
    bytes_done: now.onDisk ? bytes : 0,
    bytes_per_second: null,
    seconds_left: null,
    memory_bytes: now.status?.memoryBytes ?? null,
    ...downloadPart(now),
  };
}

function downloadPart(now: ModelNow): Part {
  const { download } = now;
  switch (download.kind) {
    case "none":
    case "arriving": {
      if (now.status) return statusPart(now.status, now.converted);
      const isThere = now.onDisk || download.kind === "arriving";
      return { state: isThere ? "on_disk" : "absent" };
    }
    case "queued":
    case "paused":
      return { state: download.kind, bytes_done: download.bytesDone };
    case "downloading": {
      const { progress } = download;
      if (!progress) return { state: "downloading" };
      return {
        state: "downloading",
        bytes_total: progress.bytesTotal,
        bytes_done: progress.bytesDone,
        bytes_per_second: progress.bytesPerSecond,
        seconds_left: progress.secondsLeft,
      };
    }
    case "waiting": {
      const minutes = Math.max(1, Math.ceil((download.nextTryMs - Date.now()) / 60_000));
      const reason = `${download.reason} The next try is in ${minutes} min.`;
      return { state: "failed", reason, bytes_done: download.bytesDone };
    }
    default:
      return download satisfies never;
  }
}

function statusPart({ state }: ModelStatus, converted: boolean): Part {
  switch (state.kind) {
    case "idle":
    case "absent":
      return { state: "on_disk" };
    case "loading":
      return { state: converted ? "loading" : "converting" };
    case "ready":
      return { state: "ready" };
    case "failed":
      return { state: "failed", reason: state.reason };
    default:
      return state satisfies never;
  }
}
