// A whole clip, collected before anybody reads it. In: a task. Out: header with exact sizes, and the
// bytes in a spool. For /tts and for the items of a batch.
import type { Encoder } from "./encoders/encoder.ts";
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
  finishReason: FinishReason;
};

/**
 * Speak a task into a clip. `onSeconds` hears the length of each piece and may throw to stop it.
 * @throws RequestError, EngineError
 */
export async function collectClip(
  service: SpeechService,
  task: SpeechTask,
  onSeconds?: (seconds: number) => void,
): Promise<Clip> {
  const body = new Spool();
  let start: { model: string; sampleRate: number; encoder: Encoder } | undefined;
  let samples = 0;
  let finishReason: FinishReason = "stop";
  try {
    for await (const event of service.speak(task)) {
      if (event.kind === "start") {
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
  const { model, sampleRate, encoder } = start!;
  return {
    header: encoder.header(samples),
    body,
    mediaType: encoder.mediaType,
    sampleRate,
    audioSeconds: samples / sampleRate,
    model,
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
