// What the scheduler needs of a model: rows that it can open, advance by a frame and decode. The model
// (engine/src/model) implements it, tests have a small one of their own. Knows nothing of graphs.
import type { ModelStatus, SpeechRequest } from "../speech-engine.ts";

/** One frame: a code for each codebook. */
export type CodeFrame = readonly number[];

/** A request whose text is complete. */
export type RowRequest = Omit<SpeechRequest, "text"> & { text: string };

export type StepResult =
  | { kind: "frame"; codes: CodeFrame }
  /** Nothing was made in this step. */
  | { kind: "end"; reason: "stop" | "length" | "runaway" };

/** Wall time in milliseconds by stage, as far as it is measured. */
export type StagesMs = Record<string, number>;

export type ReadRequest<Row> = {
  /** The most positions of the model's memory that it can come to need. */
  positions: number;
  /** Take its memory. Fast. @throws EngineError */
  open(): Row;
};

export type DecodeCall = {
  /** Of calls that wait the one that is due first comes first. */
  dueMs: number;
  /** No step runs beside it. Default: no. */
  alone?: boolean;
};

/** `Row` is one request's state: text, caches, codec. The scheduler only passes it on. */
export interface SpeechModel<Row> {
  readonly description: Omit<ModelStatus, "state" | "rows">;
  readonly frameSamples: number;
  /** A step of several rows takes little longer than one of a single row; else they take turns in it. */
  readonly sharesSteps: boolean;
  /** Check the request, and turn its words into what the model reads. Fast; takes no memory of the model's. @throws EngineError */
  read(request: RowRequest): ReadRequest<Row>;
  /** Take in a part of the prompt. "more": call again before the first step. */
  prefill(row: Row): Promise<"more" | "done">;
  /**
   * One frame for each of `rows`; results in their order. A row's result depends on that row only. After a step that failed
   * the next one with a row gives what that one would have given.
   */
  step(rows: readonly Row[]): Promise<StepResult[]>;
  /**
   * The audio of the next `frames` of a row, [frames * frameSamples]. Steps, and calls of other rows, may run beside it.
   */
  decode(row: Row, frames: readonly CodeFrame[], call: DecodeCall): Promise<Float32Array>;
  /** What this row has taken so far. */
  stagesMs(row: Row): StagesMs;
  closeRow(row: Row): void;
  close(): Promise<void>;
}
