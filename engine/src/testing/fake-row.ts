// A request's place in the fake engine. In: its text and the steps it is planned for. Out: events on
// its stream. Decides whether it can take part in a step; knows nothing of other rows.
import { EngineError } from "../engine-error.ts";
import { LeadingSilence } from "../leading-silence.ts";
import type { SpeechRequest } from "../speech-engine.ts";
import type { SpeechStream } from "../speech-stream.ts";
import {
  fakeFrameSamples,
  fakeLanguages,
  fakeSampleRate,
  fakeSpeakers,
  framesOfUnfinished,
  readScript,
  toneFrame,
  toneKey,
  type FakeScript,
} from "./fake-voice.ts";

export class FakeRow {
  readonly number: number;
  readonly stream: SpeechStream;
  readonly #request: SpeechRequest;
  readonly #key: number;
  readonly #passedWaits = new Set<number>();
  #script: FakeScript;
  #textComplete = false;
  readonly #silence: LeadingSilence;
  #emitted = 0;
  #drunk = 0;
  #steps = 0;
  #stuck = false;

  constructor(number: number, request: SpeechRequest, stream: SpeechStream) {
    this.number = number;
    this.stream = stream;
    this.#request = request;
    this.#key = toneKey(request);
    const trims = request.trimLeadingSilence === true;
    this.#silence = new LeadingSilence({ sampleRate: fakeSampleRate, trims });
    this.#script = readScript("");
  }

  /** Take the text in; `more` is called when the row may be able to do more than before. */
  readText(tell: { more: () => void; failed: (error: Error) => void }): void {
    const { text } = this.#request;
    if (text.kind === "whole") {
      this.#script = readScript(text.text);
      this.#textComplete = true;
      return;
    }
    this.#readPieces(text.pieces, tell.more).catch((error: unknown) => {
      tell.failed(error instanceof Error ? error : new Error(String(error)));
    });
  }

  begin(): void {
    this.stream.push({
      kind: "start",
      model: "fake",
      sampleRate: fakeSampleRate,
      seed: this.#request.seed,
    });
  }

  drink(): void {
    this.#drunk += 1;
  }

  release(): void {
    if (this.held) this.#passedWaits.add(this.#emitted);
  }

  /** Whether the row waits at a `[wait N]`. */
  get held(): boolean {
    return this.#script.waits.has(this.#emitted) && !this.#passedWaits.has(this.#emitted);
  }

  canStep(aheadFrames: number): boolean {
    const parked = this.#emitted - this.#drunk >= aheadFrames;
    const hasText = this.#textComplete || this.#emitted < framesOfUnfinished(this.#script);
    return !this.held && !parked && !this.#stuck && hasText;
  }

  /** One frame, or what a fault makes of it. @throws EngineError when the row fails. */
  advance(fault: (name: string) => "continue" | "stuck"): "unfinished" | "finished" {
    this.#steps += 1;
    for (const { name, afterFrames } of this.#script.faults) {
      if (afterFrames === this.#emitted && fault(name) === "stuck") this.#stuck = true;
    }
    if (this.#stuck) return "unfinished";
    if (!this.#complete) this.#speakFrame();
    if (this.held || (!this.#complete && this.#emitted < this.#frameLimit())) return "unfinished";
    const finishReason = this.#complete ? "stop" : "length";
    this.stream.pushAudio(this.#silence.flush());
    this.stream.end(finishReason, { stagesMs: {}, steps: this.#steps });
    return "finished";
  }

  get #complete(): boolean {
    return this.#textComplete && this.#emitted >= this.#script.frames;
  }

  #speakFrame(): void {
    const { spoken, silentFrames } = this.#script;
    const samples =
      this.#emitted < silentFrames
        ? new Float32Array(fakeFrameSamples)
        : toneFrame(this.#key, spoken, this.#emitted);
    this.#emitted += 1;
    const heard = this.#silence.push(samples);
    if (heard.length === 0) this.#drunk += 1; // nobody else takes the frame
    this.stream.pushAudio(heard);
  }

  #frameLimit(): number {
    const { maxSeconds } = this.#request.limits;
    if (maxSeconds === undefined) return Infinity;
    return Math.max(1, Math.floor((maxSeconds * fakeSampleRate) / fakeFrameSamples));
  }

  async #readPieces(pieces: AsyncIterable<string>, onMore: () => void): Promise<void> {
    let text = "";
    for await (const piece of pieces) {
      if (!this.stream.open) return;
      text += piece;
      this.#script = readScript(text);
      onMore();
    }
    this.#textComplete = true;
    onMore();
  }
}

/** The error for a request that the fake cannot honour, or none. */
export function refusal(
  request: SpeechRequest,
  honours: { instruct: boolean },
): EngineError | undefined {
  const { voice, language, instruct, model } = request;
  const unsupported = (message: string): EngineError => new EngineError("unsupported", message);
  if (voice.kind !== "preset") {
    return unsupported(`The fake voice has no "${voice.kind}" voices. Choose a speaker.`);
  }
  if (!fakeSpeakers.some(({ name }) => name === voice.speaker)) {
    const names = fakeSpeakers.map(({ name }) => name).join(", ");
    return unsupported(`Unknown speaker '${voice.speaker}'. Available speakers: ${names}.`);
  }
  if (language !== "Auto" && !fakeLanguages.includes(language)) {
    return unsupported(
      `Unknown language '${language}'. Choose one of ${fakeLanguages.join(", ")}.`,
    );
  }
  if (model !== undefined && model !== "fake") {
    return unsupported(`Unknown model '${model}'. The only model is 'fake'.`);
  }
  if (instruct && !honours.instruct) {
    return unsupported("This fake takes no instructions. Leave them out.");
  }
  return undefined;
}
