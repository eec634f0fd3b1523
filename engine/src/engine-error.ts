// The one error type of all engines. Only the server's `http/` turns codes into statuses.

export type EngineErrorCode =
  /** The request asks for something this model does not have. */
  | "unsupported"
  /** The model is not loaded and cannot be loaded now. */
  | "not_ready"
  /** The process that runs the model died. */
  | "crashed"
  /** The process that runs the model made no progress and was stopped. */
  | "hung"
  | "out_of_memory"
  /** The engine was closed. */
  | "closed"
  /** The model hub cannot be reached, or not now. */
  | "offline"
  /** The hub, or this machine, has no such model. */
  | "not_found"
  /** The hub does not give the model to this user. */
  | "unauthorized"
  | "disk_full"
  /** What arrived is not what the hub lists. */
  | "damaged"
  /** A defect of the engine. */
  | "internal";

const retryableCodes: ReadonlySet<EngineErrorCode> = new Set([
  "not_ready",
  "crashed",
  "hung",
  "out_of_memory",
  "offline",
  "disk_full",
  "damaged",
]);

/** `message` is for the client: it names the value and the remedy, never a path or a stack. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Whether the same request may succeed if it is sent again. */
  get retryable(): boolean {
    return retryableCodes.has(this.code);
  }
}
