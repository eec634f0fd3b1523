// A request's place in the scheduler. In: its stream, its text, the frames of its steps. Out: audio events
// on its stream. Decides nothing about other rows.
import type { SpeechRequest } from "../speech-engine.ts";
import type { SpeechStream } from "../speech-stream.ts";
import { framesToDecode, type RowPhase, type RowView } from "./plan.ts";
import type { CodeFrame, RowRequest, SpeechModel, StepResult } from "./speech-model.ts";

/** Seconds of audio made ahead of the consumer before the row is parked. */
const aheadSeconds = 2;

export type RowObserver = {
  /** Each frame of codes as it is made. */
  frame: (codes: CodeFrame) => void;
};

type EndReason = Extract<StepResult, { kind: "end" }>["reason"];

export class Row<State> {
  readonly stream: SpeechStream;
  readonly #request: SpeechRequest;
  readonly #observer: RowObserver | undefined;
  readonly #pending: CodeFrame[] = [];
  /** The model's, once the row was admitted. */
  state: State | undefined;
  #text: string | undefined;
  #phase: RowPhase = "prefill";
  #endReason: EndReason = "stop";
  #decodedFrames = 0;
  /** Frames of the codec call that is under way. */
  #decodingFrames = 0;
  #pushedSamples = 0;
  #drunkSamples = 0;
  #steps = 0;
  #aheadSamples = Infinity;

  constructor(request: SpeechRequest, stream: SpeechStream, observer: RowObserver | undefined) {
    this.#request = request;
    this.stream = stream;
    this.#observer = observer;
  }

  /** Resolves when the whole text is here. @throws what the source of its pieces throws */
  async readText(): Promise<void> {
    const { text } = this.#request;
    if (text.kind === "whole") {
      this.#text = text.text;
      return;
    }
    let collected = "";
    for await (const piece of text.pieces) {
      if (!this.stream.open) return;
      collected += piece;
    }
    this.#text = collected;
  }

  get hasText(): boolean {
    return this.#text !== undefined;
  }

  get view(): RowView {
    return {
      phase: this.#phase,
      parked: this.#pushedSamples - this.#drunkSamples >= this.#aheadSamples,
      decodedFrames: this.#decodedFrames,
      pendingFrames: this.#pending.length,
    };
  }

  /** Take a place in `model`. @throws EngineError */
  open(model: SpeechModel<State>): void {
    const request: RowRequest = { ...this.#request, text: this.#text ?? "" };
    this.state = model.openRow(request);
    const { id, sampleRate } = model.description;
    this.#aheadSamples = aheadSeconds * sampleRate;
    this.stream.push({ kind: "start", model: id, sampleRate, seed: request.seed });
  }

  drink(samples: number): void {
    this.#drunkSamples += samples;
  }

  prefilled(): void {
    this.#phase = "speaking";
  }

  take(result: StepResult): void {
    this.#steps += 1;
    if (result.kind === "end") {
      this.#phase = "finished";
      this.#endReason = result.reason;
    } else {
      this.#pending.push(result.codes);
      this.#observer?.frame(result.codes);
    }
  }

  get decoding(): boolean {
    return this.#decodingFrames > 0;
  }

  /** The frames of the next codec call, which `pushAudio` ends; none: not yet. */
  takeFrames(): CodeFrame[] {
    const frames = this.#pending.splice(0, framesToDecode(this.view));
    this.#decodingFrames = frames.length;
    return frames;
  }

  pushAudio(samples: Float32Array): void {
    this.#decodedFrames += this.#decodingFrames;
    this.#decodingFrames = 0;
    this.stream.push({ kind: "audio", samples, firstSample: this.#pushedSamples });
    this.#pushedSamples += samples.length;
  }

  get complete(): boolean {
    return this.#phase === "finished" && this.#pending.length === 0 && !this.decoding;
  }

  end(stagesMs: Record<string, number>): void {
    const stats = { stagesMs, steps: this.#steps, frames: this.#decodedFrames };
    this.stream.end(this.#endReason, stats);
  }
}
