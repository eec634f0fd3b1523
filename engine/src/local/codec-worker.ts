// The thread behind codec-thread.ts: a codec decoder and the states of its streams. In: calls. Out: samples. Of the
// calls that wait the one that is due first comes first: its listener is the first to run dry.
import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import { openCheckpoint } from "../checkpoint/checkpoint.ts";
import { EngineError } from "../engine-error.ts";
import { failureOf } from "../host/failure.ts";
import {
  createCodecState,
  decodeRows,
  loadCodecDecoder,
  releaseCodecDecoder,
  skipFrames,
  type CodecDecoder,
  type CodecState,
} from "../model/codec-decoder.ts";
import type { LoadOptions } from "../model/codec-session.ts";
import type {
  CodecThreadOptions,
  CodecWork,
  FromCodecThread,
  ToCodecThread,
} from "./codec-thread.ts";
import { graphOptions } from "./graph-options.ts";
import { PrimedStates } from "./primed-states.ts";

type Call = Extract<ToCodecThread, { kind: "decode" }>;

class CodecWorker {
  readonly #port: MessagePort;
  readonly #decoder: CodecDecoder;
  readonly #streams = new Map<number, CodecState>();
  readonly #primed = new PrimedStates();
  /** In the order in which they came. */
  #calls: Call[] = [];
  #busy = false;
  /** Time that calls under way gave to others. */
  #passedMs = 0;
  #ending = false;

  constructor(port: MessagePort, decoder: CodecDecoder) {
    this.#port = port;
    this.#decoder = decoder;
  }

  take(message: ToCodecThread): void {
    switch (message.kind) {
      case "decode":
        this.#calls.push(message);
        break;
      case "closeStream":
        this.#closeStream(message.stream);
        break;
      case "end":
        this.#ending = true;
        break;
      default:
        message satisfies never;
    }
    if (!this.#busy) void this.#work();
  }

  #closeStream(stream: number): void {
    this.#streams.delete(stream);
    for (const { call } of this.#calls.filter(({ work }) => work.stream === stream)) {
      const failure = failureOf(new EngineError("closed", "The stream was closed."));
      this.#reply({ kind: "failed", call, failure });
    }
    this.#calls = this.#calls.filter(({ work }) => work.stream !== stream);
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let call = this.#next(); call; call = this.#next()) {
      this.#reply(await this.#perform(call));
      // Calls may have come, and streams may have been closed.
      await new Promise(setImmediate);
    }
    this.#busy = false;
    if (!this.#ending) return;
    await releaseCodecDecoder(this.#decoder);
    this.#port.close();
  }

  #next(): Call | undefined {
    const dues = this.#calls.map(({ work }) => work.dueMs);
    return this.#calls.splice(dues.indexOf(Math.min(...dues)), 1)[0];
  }

  async #perform({ call, work }: Call): Promise<FromCodecThread> {
    const ownMs = () => performance.now() - this.#passedMs;
    const startMs = ownMs();
    try {
      const samples = await (work.heard ? this.#decode(work) : this.#prime(work));
      return { kind: "decoded", call, samples, ms: ownMs() - startMs };
    } catch (error) {
      return { kind: "failed", call, failure: failureOf(error) };
    }
  }

  async #decode({ stream, frames, dueMs, alone }: CodecWork): Promise<Float32Array> {
    const row = { state: this.#stateOf(stream), frames };
    const options = alone ? { alone } : { between: () => this.#letPass(dueMs) };
    const [samples] = await decodeRows(this.#decoder, [row], options);
    return samples!;
  }

  /** A call that all steps wait for, as a listener's first sound, does not wait for the end of one that is due later. */
  async #letPass(dueMs: number): Promise<void> {
    await new Promise(setImmediate);
    const startMs = performance.now();
    const isFirst = ({ work }: Call) => work.alone && work.dueMs < dueMs;
    for (let call = this.#calls.find(isFirst); call; call = this.#calls.find(isFirst)) {
      this.#calls.splice(this.#calls.indexOf(call), 1);
      this.#reply(await this.#perform(call));
    }
    this.#passedMs += performance.now() - startMs;
  }

  #stateOf(stream: number): CodecState {
    const state = this.#streams.get(stream) ?? createCodecState(this.#decoder);
    this.#streams.set(stream, state);
    return state;
  }

  /** Frames that nobody hears come first in their stream. */
  async #prime({ stream, frames }: CodecWork): Promise<Float32Array> {
    const fresh = this.#stateOf(stream);
    const state = await this.#primed.stateBehind(frames, async () => {
      await skipFrames(this.#decoder, fresh, frames);
      return fresh;
    });
    // It may have been closed meanwhile.
    if (this.#streams.has(stream)) this.#streams.set(stream, state);
    return new Float32Array();
  }

  #reply(message: FromCodecThread): void {
    const moved = message.kind === "decoded" ? [message.samples.buffer as ArrayBuffer] : [];
    this.#port.postMessage(message, moved);
  }
}

/**
 * Steps leave the other half of the threads to it. With as many as they have, each waited for halves of the other's work
 * that had no core: both took longer (docs/log.md).
 */
function besideSteps({ threads, device }: LoadOptions): { threadsBeside?: number } {
  return device === "cpu" ? { threadsBeside: Math.max(1, Math.floor(threads / 2)) } : {};
}

async function run(
  port: MessagePort,
  { folder, threads, device }: CodecThreadOptions,
): Promise<void> {
  try {
    const checkpoint = await openCheckpoint(folder);
    const options = await graphOptions(checkpoint, threads, device);
    const decoder = await loadCodecDecoder(checkpoint, { ...options, ...besideSteps(options) });
    const worker = new CodecWorker(port, decoder);
    port.on("message", (message: ToCodecThread) => worker.take(message));
    port.postMessage({ kind: "ready" } satisfies FromCodecThread);
  } catch (error) {
    port.postMessage({ kind: "loadFailed", failure: failureOf(error) } satisfies FromCodecThread);
    port.close();
  }
}

if (parentPort) void run(parentPort, workerData as CodecThreadOptions);
