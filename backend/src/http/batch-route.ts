// POST /tts/batch. In: one to ten bodies of /tts. Out: one JSON object in the order of the request, or
// with `Accept: application/x-ndjson` a line for each item as soon as it is ready. Written piece by
// piece: however long the clips are, little of them is in memory.
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { startBatch, type BatchOutcome } from "../batch.ts";
import { clipBytes } from "../clip.ts";
import { reasons } from "../explain-error.ts";
import type { BatchResult } from "../protocol.ts";
import type { RequestEntry } from "../request-log.ts";
import { namedVoices } from "./named-voices.ts";
import { bodiesIn, parseBatch } from "./parse-batch.ts";
import { openEntry } from "./request-context.ts";
import { batchAnswer, batchSchema } from "./schemas.ts";
import type { ServerParts } from "./server.ts";

const ndjson = "application/x-ndjson";

export function addBatchRoute(app: FastifyInstance, parts: ServerParts): void {
  app.post(
    "/tts/batch",
    {
      schema: {
        body: batchSchema,
        response: { 200: batchAnswer },
        summary: "Speak up to ten texts, side by side",
      },
    },
    async (request, reply) => {
      const { maxBatchSeconds } = parts.limits;
      const voices = await namedVoices(bodiesIn(request.body), parts);
      const status = parts.engine.status();
      const items = parseBatch(request.body, { status, voices, maxBatchSeconds });
      const entry = openEntry(parts, "/tts/batch", reply);
      const outcomes = start(parts, items, entry);
      const asLines = wantsLines(request);
      const body = asLines ? jsonLines(outcomes) : jsonObject(outcomes);
      return sendPieces(reply, endWith(body, outcomes, entry), asLines);
    },
  );
}

function start(
  parts: ServerParts,
  items: ReturnType<typeof parseBatch>,
  entry: RequestEntry,
): Promise<BatchOutcome>[] {
  try {
    return startBatch(items, entry, parts);
  } catch (error) {
    parts.requests.forget(entry);
    throw error;
  }
}

function wantsLines(request: FastifyRequest): boolean {
  return (request.headers.accept ?? "").toLowerCase().includes(ndjson);
}

function sendPieces(reply: FastifyReply, body: AsyncIterable<string>, asLines: boolean) {
  return reply
    .type(asLines ? ndjson : "application/json; charset=utf-8")
    .header("Cache-Control", "no-store")
    .send(Readable.from(body, { objectMode: false }));
}

/** Whoever stops reading ends the batch, and the clips that nobody has read are disposed of. */
async function* endWith(
  body: AsyncGenerator<string>,
  outcomes: Promise<BatchOutcome>[],
  entry: RequestEntry,
): AsyncGenerator<string> {
  let complete = false;
  try {
    yield* body;
    complete = true;
  } finally {
    if (!complete) entry.cancel(reasons.clientLeft());
    for (const outcome of await Promise.all(outcomes)) {
      if (outcome.kind === "clip") await outcome.clip.body.dispose();
    }
  }
}

async function* jsonObject(outcomes: Promise<BatchOutcome>[]): AsyncGenerator<string> {
  const counts = { completed_count: 0, failed_count: 0 };
  yield '{"results":[';
  for (const [index, pending] of outcomes.entries()) {
    const outcome = await pending;
    count(outcome, counts);
    if (index > 0) yield ",";
    yield* resultJson(outcome, {});
  }
  yield `],${JSON.stringify(counts).slice(1)}`;
}

async function* jsonLines(outcomes: Promise<BatchOutcome>[]): AsyncGenerator<string> {
  const counts = { completed_count: 0, failed_count: 0 };
  const pending = new Set(outcomes.map(keyed));
  while (pending.size > 0) {
    const { self, outcome } = await Promise.race(pending);
    pending.delete(self());
    count(outcome, counts);
    yield* resultJson(outcome, { index: outcome.index });
    yield "\n";
  }
  yield `${JSON.stringify(counts)}\n`;
}

type Keyed = Promise<{ self: () => Keyed; outcome: BatchOutcome }>;

/** Lets the winner of a race say which promise it was. */
function keyed(pending: Promise<BatchOutcome>): Keyed {
  const keyedPending: Keyed = pending.then((outcome) => ({ self: () => keyedPending, outcome }));
  return keyedPending;
}

function count(outcome: BatchOutcome, counts: { completed_count: number; failed_count: number }) {
  if (outcome.kind === "clip") counts.completed_count += 1;
  else counts.failed_count += 1;
}

/** A BatchResult, its audio in base64 as it is read; `extra` goes in front. */
async function* resultJson(
  outcome: BatchOutcome,
  extra: Record<string, number>,
): AsyncGenerator<string> {
  if (outcome.kind === "error") {
    const failed: BatchResult = {
      success: false,
      audio: null,
      media_type: null,
      sample_rate: null,
      seed: outcome.seed,
      finish_reason: null,
      error: outcome.error.detail,
      code: outcome.error.code,
    };
    yield JSON.stringify({ ...extra, ...failed });
    return;
  }
  const { clip } = outcome;
  const rest: Omit<Extract<BatchResult, { success: true }>, "audio"> = {
    success: true,
    media_type: clip.mediaType,
    sample_rate: clip.sampleRate,
    seed: clip.seed,
    finish_reason: clip.finishReason,
    error: null,
    code: null,
  };
  yield `${JSON.stringify({ ...extra, ...rest }).slice(0, -1)},"audio":"`;
  yield* base64(clipBytes(clip));
  yield '"}';
}

/** Base64 of a sequence of pieces as of the whole: three bytes at a time become four characters. */
async function* base64(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let carried = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = Buffer.concat([carried, piece]);
    const whole = bytes.byteLength - (bytes.byteLength % 3);
    carried = bytes.subarray(whole);
    if (whole > 0) yield bytes.toString("base64", 0, whole);
  }
  if (carried.byteLength > 0) yield carried.toString("base64");
}
