// POST /tts and POST /tts/stream. In: a JSON body. Out: one clip, whole or while it is being made. In
// both, status and headers leave only when there is audio, so that a failure before is a proper error.
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { clipBytes, collectClip } from "../clip.ts";
import { createEncoder } from "../encoders/encoder.ts";
import type { RenderedEvent } from "../pipeline.ts";
import { headers, type RequestRecord } from "../protocol.ts";
import { placeFor, type SpeechTask } from "../speech-service.ts";
import type { ValidSpeechRequest } from "../speech-request.ts";
import { estimateClipSeconds } from "../text/speech-length.ts";
import { namedVoices } from "./named-voices.ts";
import { parseSpeech } from "./parse-speech.ts";
import { openEntry } from "./request-context.ts";
import { audioAnswer, speechSchema } from "./schemas.ts";
import type { ServerParts } from "./server.ts";

/** The largest write of a stream, never a reason to hold audio back. */
const maxWriteBytes = 8192;
/** Unsent bytes kept for a slow reader, beside the socket's own buffer. */
const readAheadBytes = 16 * 1024;

export function addSpeechRoutes(app: FastifyInstance, parts: ServerParts): void {
  const schema = { body: speechSchema, response: { 200: audioAnswer } };

  app.post(
    "/tts",
    { schema: { ...schema, summary: "Speak, and answer with the whole clip" } },
    async (request, reply) => {
      const voices = await namedVoices([request.body], parts);
      const speech = parseSpeech(request.body, parts.engine.status(), voices);
      const task = openTask(parts, { speech, reply, route: "/tts" });
      const clip = await collectClip(parts.service, task);
      const length = clip.header.byteLength + clip.body.byteLength;
      speechHeaders(reply, parts, { ...clip, speech });
      return reply
        .type(clip.mediaType)
        .header("Content-Length", length)
        .header(headers.finishReason, clip.finishReason)
        .header(headers.audioSeconds, clip.audioSeconds.toFixed(3))
        .send(Readable.from(clipBytes(clip), { objectMode: false }));
    },
  );

  app.post(
    "/tts/stream",
    { schema: { ...schema, summary: "Speak, and send the audio while it is being made" } },
    async (request, reply) => {
      const voices = await namedVoices([request.body], parts);
      const speech = parseSpeech(request.body, parts.engine.status(), voices);
      const task = openTask(parts, { speech, reply, route: "/tts/stream" });
      const opening = await firstAudio(parts.service.speak(task));
      const { start } = opening;
      speechHeaders(reply, parts, { ...start, speech });
      const bytes = streamBytes(opening, (made) => {
        reply.raw.addTrailers({
          [headers.finishReason]: made.finishReason,
          [headers.audioSeconds]: (made.samples / start.sampleRate).toFixed(3),
        });
      });
      const body = Readable.from(bytes, {
        objectMode: false,
        highWaterMark: readAheadBytes,
        signal: task.entry.abort.signal, // a reader that has stopped takes no last word
      });
      if (isOldHttp(request)) body.once("error", () => reply.raw.socket?.resetAndDestroy());
      return reply.headers(chunkedHeaders(request)).type(start.encoder.mediaType).send(body);
    },
  );

  app.head("/tts/stream", { schema: { hide: true } }, (request, reply) => {
    const model = parts.engine.status().models[0];
    const sampleRate = model?.sampleRate ?? 0;
    void reply
      .headers(commonHeaders(parts, { model: model?.id ?? "", sampleRate }))
      .headers(chunkedHeaders(request))
      .type(createEncoder("wav", sampleRate).mediaType)
      .send();
  });
}

/**
 * HTTP/1.0, as old proxies speak it, knows neither chunks nor trailers, and Node throws when it is
 * asked for them. Its bodies end with the connection, so that only a reset is no clean end.
 */
function isOldHttp({ raw }: FastifyRequest): boolean {
  return raw.httpVersion === "1.0";
}

function chunkedHeaders(request: FastifyRequest): Record<string, string> {
  if (isOldHttp(request)) return {};
  return {
    "Transfer-Encoding": "chunked",
    Trailer: `${headers.finishReason}, ${headers.audioSeconds}`,
  };
}

type StartEvent = Extract<RenderedEvent, { kind: "start" }>;

/** A clip of which the first audio is here. */
type Opening = {
  start: StartEvent;
  first: RenderedEvent;
  events: AsyncGenerator<RenderedEvent, void>;
};

/** Everything up to the first audio, or to the end of a clip that has none. */
async function firstAudio(events: AsyncGenerator<RenderedEvent, void>): Promise<Opening> {
  let start: StartEvent | undefined;
  for (;;) {
    const { done, value: event } = await events.next();
    if (done) throw new Error("The pipeline ended without an end event");
    if (event.kind === "start") start = event;
    else return { start: start!, first: event, events };
  }
}

type StreamOutcome = { samples: number; finishReason: string };

async function* streamBytes(
  { start, first, events }: Opening,
  onEnd: (outcome: StreamOutcome) => void,
): AsyncGenerator<Uint8Array> {
  let unsentHeader = start.encoder.header(null);
  let samples = 0;
  try {
    for await (const event of prepend(first, events)) {
      if (event.kind === "bytes") {
        samples += event.samples;
        yield* writes(Buffer.concat([unsentHeader, event.bytes]));
        unsentHeader = new Uint8Array();
      } else if (event.kind === "end") {
        if (unsentHeader.byteLength > 0) yield unsentHeader;
        onEnd({ samples, finishReason: event.finishReason });
      }
    }
  } finally {
    await events.return(undefined);
  }
}

async function* prepend<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

function* writes(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += maxWriteBytes) {
    yield bytes.subarray(at, at + maxWriteBytes);
  }
}

function openTask(
  parts: ServerParts,
  { speech, reply, route }: { speech: ValidSpeechRequest; reply: FastifyReply; route: Route },
): SpeechTask {
  const entry = openEntry(parts, route, reply);
  try {
    const [ticket] = parts.admission.enter([placeFor(speech, entry.abort.signal)], "interactive");
    const delivery =
      route === "/tts"
        ? ({ kind: "whole" } as const)
        : ({ kind: "live", playbackRate: speech.speed } as const);
    return { request: speech, entry, ticket: ticket!, delivery };
  } catch (error) {
    parts.requests.forget(entry);
    throw error;
  }
}

type Route = Exclude<RequestRecord["route"], "/tts/batch">;

function speechHeaders(
  reply: FastifyReply,
  parts: ServerParts,
  {
    speech,
    ...spoken
  }: { model: string; sampleRate: number; seed: number; speech: ValidSpeechRequest },
): void {
  const prebufferMs = parts.rate.recommendedPrebufferMs(estimateClipSeconds(speech));
  void reply
    .headers(commonHeaders(parts, spoken))
    .header(headers.seed, spoken.seed)
    .header(headers.recommendedPrebufferMs, prebufferMs);
}

function commonHeaders(
  parts: ServerParts,
  { model, sampleRate }: { model: string; sampleRate: number },
): Record<string, string> {
  return {
    [headers.sampleRate]: String(sampleRate),
    [headers.engine]: parts.engine.status().engine,
    [headers.model]: model,
    "Cache-Control": "no-store",
  };
}
