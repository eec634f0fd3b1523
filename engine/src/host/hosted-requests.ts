// The requests that a hosted engine speaks, and the voices it makes, seen from its own thread. In: commands. Out: replies.
// Sends at most a window of audio ahead of what the consumer drank. Knows no threads and no models.
import { EngineError } from "../engine-error.ts";
import type { SpeechEngine, SpeechText } from "../speech-engine.ts";
import { failureOf } from "./failure.ts";
import type { Command, Reply, WireRequest } from "./messages.ts";
import type { Progress } from "./progress.ts";

/** Encoding a recording is one long call, the first time after its graphs were converted. */
const voiceMs = 120_000;

export type HostedRequestsParts = {
  reply: (reply: Reply) => void;
  progress: Pick<Progress, "longWork" | "longWorkDone">;
};

type CreateVoice = Extract<Command, { kind: "createVoice" }>;
type Synthesize = Extract<Command, { kind: "synthesize" }>;

export class HostedRequests {
  readonly #engine: SpeechEngine;
  readonly #reply: HostedRequestsParts["reply"];
  readonly #progress: HostedRequestsParts["progress"];
  readonly #requests = new Map<number, HostedRequest>();

  constructor(engine: SpeechEngine, { reply, progress }: HostedRequestsParts) {
    this.#engine = engine;
    this.#reply = reply;
    this.#progress = progress;
  }

  /** A command for a request that has ended is late, and says nothing any more. */
  take(command: Exclude<Command, { kind: "close" }>): void {
    switch (command.kind) {
      case "synthesize":
        void this.#speak(command);
        return;
      case "drink":
        this.#requests.get(command.id)?.drink(command.samples);
        return;
      case "text":
        this.#requests.get(command.id)?.text(command.piece);
        return;
      case "cancel":
        this.#requests.get(command.id)?.cancel();
        return;
      case "createVoice":
        void this.#createVoice(command);
        return;
      default:
        command satisfies never;
    }
  }

  async #createVoice({ id, samples, sampleRate, wanted }: CreateVoice): Promise<void> {
    this.#progress.longWork(voiceMs);
    try {
      const prompt = await this.#engine.createVoice?.(samples, sampleRate, wanted);
      if (!prompt) throw new EngineError("unsupported", "This model makes no voices. Use Base.");
      this.#reply({ kind: "voice", id, prompt });
    } catch (error) {
      this.#reply({ kind: "failed", id, failure: failureOf(error) });
    } finally {
      this.#progress.longWorkDone();
    }
  }

  async #speak({ id, request, windowSamples }: Synthesize): Promise<void> {
    const hosted = new HostedRequest(windowSamples, () => this.#reply({ kind: "wantText", id }));
    this.#requests.set(id, hosted);
    try {
      const speech = this.#engine.synthesize(withText(request, hosted), hosted.signal);
      for await (const event of speech) {
        this.#reply({ kind: "event", id, event });
        if (event.kind === "audio") await hosted.sent(event.samples.length);
      }
    } catch (error) {
      this.#reply({ kind: "failed", id, failure: failureOf(error) });
    } finally {
      this.#requests.delete(id);
      hosted.cancel();
    }
  }
}

function withText(request: WireRequest, hosted: HostedRequest) {
  const text: SpeechText =
    request.text.kind === "whole" ? request.text : { kind: "incremental", pieces: hosted.pieces() };
  return { ...request, text };
}

class HostedRequest {
  readonly #abort = new AbortController();
  readonly #askForText: () => void;
  /** Samples that may be sent before the consumer drinks more. */
  #credit: number;
  #onCredit: (() => void) | undefined;
  #onText: ((piece: string | null) => void) | undefined;

  constructor(windowSamples: number, askForText: () => void) {
    this.#credit = windowSamples;
    this.#askForText = askForText;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Resolves when more may be sent. */
  async sent(samples: number): Promise<void> {
    this.#credit -= samples;
    if (this.#credit > 0 || this.signal.aborted) return;
    await new Promise<void>((resolve) => (this.#onCredit = resolve));
  }

  drink(samples: number): void {
    this.#credit += samples;
    if (this.#credit > 0) this.#onCredit?.();
  }

  text(piece: string | null): void {
    this.#onText?.(piece);
  }

  cancel(): void {
    this.#abort.abort();
    this.#onCredit?.();
    this.#onText?.(null);
  }

  async *pieces(): AsyncGenerator<string> {
    while (!this.signal.aborted) {
      const piece = await new Promise<string | null>((resolve) => {
        this.#onText = resolve;
        this.#askForText();
      });
      if (piece === null) return;
      yield piece;
    }
  }
}
