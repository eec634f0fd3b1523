// A request's place in the scheduler. In: its stream, its text, the frames of its steps. Out: audio events
// on its stream. Ends by itself when it has run away. Decides nothing about other rows.
import type { SpeechRequest } from "../speech-engine.ts";
import type { SpeechStream } from "../speech-stream.ts";
import { canWait, createListener, giveAudio, nextDueMs, type Listener } from "./listener.ts";
import { OutgoingAudio } from "./outgoing-audio.ts";
import { framesToDecode, type RowPhase, type RowView } from "./plan.ts";
import {
  createRunawayGuard,
  guardCodes,
  guardSound,
  isGuarded,
  ranAwayAt,
  surelySpoken,
  worthKeeping,
  type RunawayGuard,
  type RunawayLimits,
} from "./runaway-guard.ts";
import type { CodeFrame, ReadRequest, SpeechModel, StepResult } from "./speech-model.ts";

/** Seconds of audio made ahead of the consumer before the row is parked … */
const aheadSeconds = 2;
/** … and this share of them is left when it goes on: rows that came and went at every step would cost the others. */
const resumeShare = 0.5;

export type RowObserver = {
  /** Each frame of codes as it is made. */
  frame: (codes: CodeFrame) => void;
};

type EndReason = Extract<StepResult, { kind: "end" }>["reason"];

export class Row<State> {
  readonly stream: SpeechStream;
  readonly #request: SpeechRequest;
  readonly #runawayLimits: RunawayLimits;
  readonly #observer: RowObserver | undefined;
  readonly #pending: CodeFrame[] = [];
  /** The model's, once the row was admitted. */
  state: State | undefined;
  /** Known when the whole text is. */
  #read: ReadRequest<State> | undefined;
  #text: string | undefined;
  #phase: RowPhase = "prefill";
  #endReason: EndReason = "stop";
  #decodedFrames = 0;
  /** Frames of the codec call that is under way. */
  #decodingFrames = 0;
  #drunkSamples = 0;
  #parked = false;
  readonly #listener: Listener;
  #steps = 0;
  #madeFrames = 0;
  #lastFrameMs = 0;
  /** Of a row that ran away. */
  #spokenFrames = Infinity;
  #aheadSamples = Infinity;
  #sampleRate = 0;
  #frameSamples = 0;
  #audio: OutgoingAudio | undefined;
  #guard: RunawayGuard | undefined;

  constructor(
    request: SpeechRequest,
    stream: SpeechStream,
    { runaway, observer }: { runaway: RunawayLimits; observer: RowObserver | undefined },
  ) {
    this.#request = request;
    this.#listener = createListener(request.delivery);
    this.stream = stream;
    this.#runawayLimits = runaway;
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

  get live(): boolean {
    return this.#request.delivery.kind === "live";
  }

  /** See whether `model` can speak it, when the text is here. @throws EngineError */
  check(model: SpeechModel<State>): void {
    this.#read = model.read({ ...this.#request, text: this.#text ?? "" });
  }

  /** The most that it can come to need of the model's memory; none before it was checked. */
  get positions(): number | undefined {
    return this.#read?.positions;
  }

  get view(): RowView {
    return {
      phase: this.#phase,
      live: this.live,
      parked: this.#parked,
      decodedFrames: this.#decodedFrames,
      pendingFrames: this.#pending.length,
      isFirstDecoding: this.#isFirstDecoding,
      awaited: this.#awaited,
      canWait: this.#canWait,
      lastFrameMs: this.#lastFrameMs,
    };
  }

  get #awaited(): boolean {
    const hasFrames = this.#decodedFrames > 0 || this.#pending.length > 0 || this.decoding;
    return this.live && this.#phase !== "finished" && !hasFrames;
  }

  get #canWait(): boolean {
    const nowMs = performance.now();
    return canWait(nowMs - this.#lastFrameMs, this.#dueMs(nowMs) - nowMs);
  }

  /** Not that of a clone, which may have to wait until its reference went through. */
  get #isFirstDecoding(): boolean {
    return this.#decodedFrames === 0 && this.decoding && this.#request.voice.kind !== "clone";
  }

  /** Take a place in `model`, which has checked it. @throws EngineError */
  open(model: SpeechModel<State>): void {
    const request = this.#request;
    this.state = this.#read!.open();
    const { id, sampleRate } = model.description;
    this.#sampleRate = sampleRate;
    this.#aheadSamples = aheadSeconds * sampleRate;
    this.#frameSamples = model.frameSamples;
    const trims = request.trimLeadingSilence === true;
    this.#audio = new OutgoingAudio(this.stream, { sampleRate, trims });
    if (isGuarded(request)) {
      this.#guard = createRunawayGuard(this.#runawayLimits, {
        framesPerSecond: sampleRate / model.frameSamples,
        minFrames: request.limits.minFrames ?? 0,
      });
    }
    this.stream.push({ kind: "start", model: id, sampleRate, seed: request.seed });
  }

  drink(samples: number): void {
    this.#drunkSamples += samples;
    this.#park();
  }

  /** Made, and not taken by its consumer. */
  get #untakenSamples(): number {
    return this.stream.pushedSamples - this.#drunkSamples;
  }

  #park(): void {
    this.#parked = this.#untakenSamples >= this.#aheadSamples * (this.#parked ? resumeShare : 1);
  }

  prefilled(): void {
    this.#phase = "speaking";
    this.#lastFrameMs = performance.now();
  }

  take(result: StepResult): void {
    this.#steps += 1;
    if (this.#phase === "finished") return;
    if (result.kind === "end") {
      this.#phase = "finished";
      this.#endReason = result.reason;
      return;
    }
    this.#madeFrames += 1;
    this.#lastFrameMs = performance.now();
    this.#pending.push(result.codes);
    this.#observer?.frame(result.codes);
    if (!this.#guard) return;
    guardCodes(this.#guard, result.codes);
    this.#endIfRunaway(this.#guard);
  }

  /** When its next audio is due, by the clock of `performance.now`. */
  get dueMs(): number {
    return this.#dueMs(performance.now());
  }

  #dueMs(nowMs: number): number {
    return nextDueMs(this.#listener, this.#untakenSamples / this.#sampleRate, nowMs);
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
    const heard = this.#audio!.add(samples);
    if (heard > 0) giveAudio(this.#listener, heard / this.#sampleRate, performance.now());
    const guard = this.#guard;
    if (guard) {
      for (let at = 0; at < samples.length; at += this.#frameSamples) {
        guardSound(guard, samples.subarray(at, at + this.#frameSamples));
        this.#endIfRunaway(guard);
      }
    }
    // Somebody who listens cannot wait; a file can.
    if (guard && this.#request.delivery.kind === "whole") {
      const frames = Math.min(surelySpoken(guard), this.#spokenFrames);
      this.#audio!.release(frames * this.#frameSamples);
    } else {
      this.#audio!.releaseAll();
    }
    this.#park();
  }

  get complete(): boolean {
    return this.#phase === "finished" && this.#pending.length === 0 && !this.decoding;
  }

  end(stagesMs: Record<string, number>): void {
    this.#pushRest();
    this.stream.end(this.#endReason, { stagesMs, steps: this.#steps, frames: this.#madeFrames });
  }

  #endIfRunaway(guard: RunawayGuard): void {
    const frame = ranAwayAt(guard);
    if (this.#phase === "finished" || frame === undefined) return;
    this.#phase = "finished";
    this.#endReason = "runaway";
    this.#spokenFrames = frame;
    // What is past the speech needs no sound; the codec may be ahead of it.
    const undecoded = frame - this.#decodedFrames - this.#decodingFrames;
    this.#pending.length = Math.min(this.#pending.length, Math.max(0, undecoded));
  }

  #pushRest(): void {
    const guard = this.#guard;
    if (guard && this.#endReason === "runaway") {
      const frames = Math.min(this.#spokenFrames, this.#decodedFrames);
      this.#audio!.cut(worthKeeping(guard, frames) * this.#frameSamples);
    } else {
      this.#audio!.end();
    }
  }
}
