// What the server's process, the control thread and the compute thread of a host say to each other.
// In: anything that came out of a pipe. Out: a checked message, or an error. A host may have been
// corrupted by native code, so nothing it says is trusted before it was checked.
import type { EngineErrorCode } from "../engine-error.ts";
import type {
  EngineStatus,
  SpeechEvent,
  SpeechRequest,
  VoicePrompt,
  WantedVoice,
} from "../speech-engine.ts";

/** A request as it crosses: text in pieces is fetched with `wantText`, one piece at a time. */
export type WireRequest = Omit<SpeechRequest, "text"> & {
  text: { kind: "whole"; text: string } | { kind: "incremental" };
};

/** Server to compute thread, by way of the control thread. */
export type Command =
  /** `windowSamples`: how far ahead of `drink` the host may send. */
  | { kind: "synthesize"; id: number; request: WireRequest; windowSamples: number }
  | { kind: "drink"; id: number; samples: number }
  /** The answer to `wantText`; null is the end of the text. */
  | { kind: "text"; id: number; piece: string | null }
  | { kind: "cancel"; id: number }
  | {
      kind: "createVoice";
      id: number;
      samples: Float32Array;
      sampleRate: number;
      wanted: WantedVoice;
    }
  | { kind: "close" };

/** Control to compute thread: the commands, and a tap on the shoulder that an idle thread answers. */
export type ToCompute = Command | { kind: "nudge" };

/** Server to host. `load` comes first, once. */
export type ToHost =
  | Command
  | { kind: "load"; moduleUrl: string; options: unknown }
  | { kind: "ping"; id: number };

/** `message` is for clients; `detail` (a stack) is for logs. */
export type Failure = { code: EngineErrorCode; message: string; detail: string };

/** Compute thread to server, by way of the control thread. */
export type Reply =
  | { kind: "ready"; status: EngineStatus }
  | { kind: "loadFailed"; failure: Failure }
  | { kind: "status"; status: EngineStatus }
  | { kind: "event"; id: number; event: SpeechEvent }
  | { kind: "failed"; id: number; failure: Failure }
  | { kind: "wantText"; id: number }
  | { kind: "voice"; id: number; prompt: VoicePrompt }
  | { kind: "closed" };

/** Host to server. `overdueMs`: since when the compute thread owes a sign of life, 0 if it does not. */
export type FromHost =
  | Reply
  | { kind: "pong"; id: number; overdueMs: number }
  /** What the process has of the machine's memory; comes before `ready` and each `pong`. */
  | { kind: "memory"; bytes: number }
  | { kind: "computeDied"; failure: Failure };

type Check = (value: unknown) => boolean;
type Fields = Record<string, Check>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
const isString: Check = (value) => typeof value === "string";
const isNumber: Check = (value) =>
  typeof value === "number" && Number.isFinite(value) && value >= 0;
const isCount: Check = (value) => Number.isSafeInteger(value) && isNumber(value);
const isSamples: Check = (value) => value instanceof Float32Array;
const isBytes: Check = (value) => value instanceof Uint8Array;
const isStringOrNull: Check = (value) => value === null || isString(value);
const isOneOf =
  (values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
const hasFields =
  (fields: Fields): Check =>
  (value) =>
    isObject(value) && Object.entries(fields).every(([name, check]) => check(value[name]));
const isKindOf =
  (kinds: Record<string, Fields>): Check =>
  (value) => {
    if (!isObject(value) || typeof value.kind !== "string") return false;
    const fields = Object.hasOwn(kinds, value.kind) ? kinds[value.kind] : undefined;
    return fields !== undefined && hasFields(fields)(value);
  };

const errorCodes: Record<EngineErrorCode, true> = {
  unsupported: true,
  not_ready: true,
  crashed: true,
  hung: true,
  out_of_memory: true,
  closed: true,
  offline: true,
  not_found: true,
  unauthorized: true,
  disk_full: true,
  damaged: true,
  internal: true,
};
const isErrorCode = isOneOf(Object.keys(errorCodes));
const isFailure = hasFields({ code: isErrorCode, message: isString, detail: isString });
const isStatus = hasFields({
  engine: isString,
  activeRows: isCount,
  models: (models) =>
    Array.isArray(models) && models.every(hasFields({ id: isString, sampleRate: isNumber })),
});
const isRequest = hasFields({
  text: isKindOf({ whole: { text: isString }, incremental: {} }),
  voice: isObject,
  language: isString,
  seed: isCount,
});
const isEvent = isKindOf({
  start: { model: isString, sampleRate: isNumber, seed: isCount },
  audio: { samples: isSamples, firstSample: isCount },
  mark: { textEnd: isCount, atSample: isCount },
  end: {
    finishReason: isOneOf(["stop", "length", "runaway", "cancelled"]),
    stats: hasFields({ audioSeconds: isNumber, wallMs: isNumber, stagesMs: isObject }),
  },
} satisfies Record<SpeechEvent["kind"], Fields>);

const isToHost = isKindOf({
  load: { moduleUrl: isString },
  ping: { id: isCount },
  synthesize: { id: isCount, request: isRequest, windowSamples: isCount },
  drink: { id: isCount, samples: isCount },
  text: { id: isCount, piece: isStringOrNull },
  cancel: { id: isCount },
  createVoice: { id: isCount, samples: isSamples, sampleRate: isNumber, wanted: isObject },
  close: {},
} satisfies Record<ToHost["kind"], Fields>);

const isFromHost = isKindOf({
  ready: { status: isStatus },
  loadFailed: { failure: isFailure },
  status: { status: isStatus },
  event: { id: isCount, event: isEvent },
  failed: { id: isCount, failure: isFailure },
  wantText: { id: isCount },
  voice: { id: isCount, prompt: hasFields({ engine: isString, data: isBytes }) },
  closed: {},
  memory: { bytes: isCount },
  pong: { id: isCount, overdueMs: isNumber },
  computeDied: { failure: isFailure },
} satisfies Record<FromHost["kind"], Fields>);

/** @throws Error for anything that is not a message to a host */
export function parseToHost(value: unknown): ToHost {
  if (!isToHost(value)) throw new Error(`Not a message to a host: ${nameOf(value)}`);
  return value as ToHost;
}

/** @throws Error for anything that is not a message from a host */
export function parseFromHost(value: unknown): FromHost {
  if (!isFromHost(value)) throw new Error(`Not a message from a host: ${nameOf(value)}`);
  return value as FromHost;
}

export function isEngineErrorCode(value: unknown): value is EngineErrorCode {
  return isErrorCode(value);
}

function nameOf(value: unknown): string {
  const kind = isObject(value) ? value.kind : value;
  return typeof kind === "string" ? `'${kind}'` : typeof kind;
}
