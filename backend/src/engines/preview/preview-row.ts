// One request at the preview program: its credit, its limit, its end. In: audio from the program. Out:
// events on its stream and commands to the program. Knows nothing of the process.
import {
  EngineError,
  LeadingSilence,
  type FinishReason,
  type ModelStatus,
  type SpeechRequest,
  type SpeechStream,
} from "qwen3-tts";
import { previewModelId, previewSampleRate } from "./preview-model.ts";
import type { PreviewCommand } from "./preview-process.ts";

/** Audio made ahead of its consumer: 176 kB as 16 bit. */
const aheadSamples = 4 * previewSampleRate;
/** Credit is sent back in pieces of this size. */
const creditSamples = previewSampleRate / 2;

export type PreviewRowParts = {
  request: SpeechRequest;
  stream: SpeechStream;
  send: (command: PreviewCommand) => void;
};

export class PreviewRow {
  readonly #id: number;
  readonly #request: SpeechRequest;
  readonly #stream: SpeechStream;
  readonly #send: (command: PreviewCommand) => void;
  readonly #silence: LeadingSilence;
  readonly #limitSamples: number;
  #onOver: () => void = () => undefined;
  /** That the program made. */
  #samples = 0;
  #drunk = 0;

  constructor(id: number, { request, stream, send }: PreviewRowParts) {
    this.#id = id;
    this.#request = request;
    this.#stream = stream;
    this.#send = send;
    const trims = request.trimLeadingSilence === true;
    this.#silence = new LeadingSilence({ sampleRate: previewSampleRate, trims });
    const { maxSeconds = Infinity } = request.limits;
    this.#limitSamples = Math.max(1, Math.round(maxSeconds * previewSampleRate));
  }

  /** `onOver` is called when the row has ended by itself. */
  begin(onOver: () => void): void {
    this.#onOver = onOver;
    this.#stream.push({
      kind: "start",
      model: previewModelId,
      sampleRate: previewSampleRate,
      seed: this.#request.seed,
    });
    this.#speak(this.#request).catch((cause: unknown) => {
      this.fail(new EngineError("internal", "The text could not be read to its end.", { cause }));
    });
  }

  add(samples: Float32Array): void {
    const fits = samples.subarray(0, this.#limitSamples - this.#samples);
    this.#samples += fits.length;
    // What is left out needs no credit of its own: it is less than a quarter of what there is.
    this.#stream.pushAudio(this.#silence.push(fits));
    if (this.#samples < this.#limitSamples) return;
    this.cancel();
    this.finish("length");
  }

  drink(samples: number): void {
    this.#drunk += samples;
    if (this.#drunk < creditSamples) return;
    this.#send({ kind: "credit", id: this.#id, samples: this.#drunk });
    this.#drunk = 0;
  }

  cancel(): void {
    this.#send({ kind: "cancel", id: this.#id });
  }

  finish(reason: FinishReason): void {
    this.#stream.pushAudio(this.#silence.flush());
    this.#stream.end(reason, { stagesMs: {} });
    this.#onOver();
  }

  fail(error: Error): void {
    this.#stream.fail(error);
    this.#onOver();
  }

  async #speak({ text, voice, language, delivery }: SpeechRequest): Promise<void> {
    const whole = text.kind === "whole" ? text.text : await joined(text.pieces);
    if (!this.#stream.open || voice.kind !== "preset") return;
    this.#send({
      kind: "speak",
      id: this.#id,
      text: whole,
      speaker: voice.speaker,
      language,
      background: delivery.kind === "whole",
    });
    this.#send({ kind: "credit", id: this.#id, samples: aheadSamples });
  }
}

/** The preview voice has no use for pieces: it is quicker than they come. */
async function joined(pieces: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}

/** The error for a request that the preview voice cannot honour, or none. */
export function refusal(request: SpeechRequest, model: ModelStatus): EngineError | undefined {
  const { voice, language, instruct, sampling } = request;
  const unsupported = (message: string): EngineError => new EngineError("unsupported", message);
  if (voice.kind !== "preset") {
    return unsupported(`The preview voice has no voices by ${voice.kind}. Choose a speaker.`);
  }
  const names = model.speakers.map((speaker) => speaker.name);
  if (!names.includes(voice.speaker)) {
    return unsupported(
      `Unknown speaker '${voice.speaker}'. Available speakers: ${names.join(", ")}.`,
    );
  }
  if (language !== "Auto" && !model.languages.includes(language)) {
    return unsupported(
      `Unknown language '${language}'. Available languages: ${model.languages.join(", ")}, Auto.`,
    );
  }
  if (request.model !== undefined && request.model !== previewModelId) {
    return unsupported(`Unknown model '${request.model}'. The only model is '${previewModelId}'.`);
  }
  if (instruct !== undefined && !model.instruct.honoured) return unsupported(model.instruct.reason);
  if (Object.keys(sampling).length > 0 && !model.sampling.honoured) {
    return unsupported(model.sampling.reason);
  }
  return undefined;
}
