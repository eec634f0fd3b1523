// Turns what went wrong in a host into the one error type. In: a thrown value, or the way a process
// ended. Out: a code, words for the client without paths, and the detail for logs.
import { EngineError, type EngineErrorCode } from "../engine-error.ts";
import { isEngineErrorCode, type Failure } from "./messages.ts";

/** How Node, V8, C++, ONNX Runtime and its devices (CUDA, Vulkan, Direct3D) say that memory ran out. */
const outOfMemoryWords =
  /out.?of.?(device.|host.)?memory|alloc(ation)?.failed|bad_alloc|failed to allocate|cannot allocate memory/i;

const remedies = {
  out_of_memory:
    "The model ran out of memory. Send less at once, use a smaller model or give the machine more.",
  crashed: "The process that runs the model died. It is started again: send the request again.",
  internal: "The engine failed on this request. Its log has the details.",
} satisfies Partial<Record<EngineErrorCode, string>>;

const loadFailed =
  "The model could not be loaded; the log has the details. The next request tries again.";

/** A value thrown while the thread lives on. */
export function failureOf(thrown: unknown): Failure {
  const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  // By name: a hosted module may have loaded a copy of this package.
  if (thrown instanceof Error && thrown.name === "EngineError" && "code" in thrown) {
    const { code, message } = thrown;
    if (isEngineErrorCode(code)) return { code, message, detail };
  }
  const code = outOfMemoryWords.test(detail) ? "out_of_memory" : "internal";
  return { code, message: remedies[code], detail };
}

/** The compute thread died of this; its process goes too. */
export function fatalFailureOf(thrown: unknown): Failure {
  const { code, detail } = failureOf(thrown);
  if (code === "out_of_memory") return { code, message: remedies.out_of_memory, detail };
  return { code: "crashed", message: remedies.crashed, detail };
}

/** Why a model is not loaded. Only the module itself can say it in its own words. */
export function loadFailureOf(failure: Failure): Failure {
  switch (failure.code) {
    case "out_of_memory":
    case "not_ready":
      return failure;
    case "unsupported":
    case "offline":
    case "not_found":
    case "unauthorized":
    case "disk_full":
    case "damaged":
      return { ...failure, code: "not_ready" };
    case "crashed":
    case "hung":
    case "closed":
    case "internal":
      return { ...failure, code: "not_ready", message: loadFailed };
  }
}

export function engineErrorOf({ code, message, detail }: Failure): EngineError {
  return new EngineError(code, message, { cause: new Error(detail) });
}

export type ProcessEnd = {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** The last of what the process wrote there. */
  stderr: string;
};

/** A process that ended by itself, or by somebody else's hand. */
export function failureOfEnd({ exitCode, signal, stderr }: ProcessEnd): Failure {
  const how = signal ?? `exit code ${exitCode ?? "unknown"}`;
  const detail = `The host ended with ${how}.\n${stderr}`;
  if (outOfMemoryWords.test(stderr)) {
    return { code: "out_of_memory", message: remedies.out_of_memory, detail };
  }
  // The kernel's out-of-memory killer looks like any other kill -9.
  const message =
    signal === "SIGKILL"
      ? "The process that runs the model was killed, most likely for memory. It is started again: send less at once, or use a smaller model."
      : `${remedies.crashed} (${how})`;
  return { code: "crashed", message, detail };
}
