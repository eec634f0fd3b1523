// A whole clip, collected before anybody reads it. In: a task. Out: header with exact sizes, and the
// bytes in a spool. For /tts and for the items of a batch.
import type { RenderedEvent } from "./pipeline.ts";
import type { FinishReason } from "./protocol.ts";
import type { SpeechService, SpeechTask } from "./speech-service.ts";
import { Spool } from "./spool.ts";

/** Whoever has it disposes of `body`. */
export type Clip = {
  header: Uint8Array;
  body: Spool;
  mediaType: string;
  sampleRate: number;
  audioSeconds: number;
  model: string;
  /** Of the speech in it. */
  seed: number;
  finishReason: FinishReason;
};

/**
 * Speak a task into a clip. `onSeconds` hears the length of each piece and may throw to stop it; what is thrown away
 * again is told as a negative length.
 * @throws RequestError, EngineError
 */
export async function collectClip(
  service: SpeechService,
  task: SpeechTask,
  onSeconds?: (seconds: number) => void,
): Promise<Clip> {
  let body = new Spool();
  let start: Extract<RenderedEvent, { kind: "start" }> | undefined;
  let samples = 0;
  let finishReason: FinishReason = "stop";
  try {
    for await (const event of service.speak(task)) {
      if (event.kind === "start") {
        // A second start: the first clip was not good enough.
        if (start) {
          await body.dispose();
          onSeconds?.(-samples / start.sampleRate);
          body = new Spool();
          samples = 0;
        }
        start = event;
      } else if (event.kind === "bytes") {
        samples += event.samples;
        onSeconds?.(event.samples / start!.sampleRate);
        await body.write(event.bytes);
      } else {
        finishReason = event.finishReason;
      }
    }
  } catch (error) {
    await body.dispose();
    throw error;
  }
  const { model, sampleRate, seed, encoder } = start!;
  return {
    header: encoder.header(samples),
    body,
    mediaType: encoder.mediaType,
    sampleRate,
    audioSeconds: samples / sampleRate,
    model,
    seed,
    finishReason,
  };
}

export async function* clipBytes(clip: Clip): AsyncGenerator<Uint8Array> {
  try {
    if (clip.header.byteLength > 0) yield clip.header;
    yield* clip.body.read();
  } finally {
    await clip.body.dispose();
  }
}
