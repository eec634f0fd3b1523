// The page's requests against a real HTTP server: samples as they come, results as they come, and
// every way to fail with its own code.
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { BatchResult, ErrorBody } from "qwen-tts/protocol";
import { afterEach, describe, expect, test } from "vitest";
import { collect, gate, openSite } from "../test/site.ts";
import type { Site } from "../test/site.ts";
import { batchTTS, getHealth, getRequest, streamTTS } from "./api.ts";
import { ApiError } from "./api-error.ts";
import { wavHeader } from "./audio/wav.ts";

const sites: Site[] = [];

async function serve(listener: RequestListener) {
  sites.push(await openSite(listener));
}

afterEach(async () => {
  await Promise.all(sites.splice(0).map((site) => site.close()));
});

const audioHeaders = { "Content-Type": "audio/wav", "X-Sample-Rate": "24000" };

function sendHeader(response: ServerResponse) {
  response.writeHead(200, {
    ...audioHeaders,
    "X-Request-Id": "abc",
    "X-Model": "preview",
    "X-Engine": "preview",
    "X-Seed": "7",
    "X-Recommended-Prebuffer-Ms": "250",
  });
  response.write(wavHeader(0x7fffffda, 24_000));
}

async function codeOf(request: Promise<unknown>): Promise<string> {
  const error = await request.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ApiError);
  return (error as ApiError).code;
}

describe("streamTTS", () => {
  test("tells what the stream is and gives the samples", async () => {
    await serve((_request, response) => {
      sendHeader(response);
      response.end(Buffer.from(Int16Array.of(16384, -16384).buffer));
    });
    const stream = await streamTTS({ text: "Hello" }, {});
    expect(stream).toMatchObject({
      requestId: "abc",
      sampleRate: 24_000,
      model: "preview",
      seed: 7,
      prebufferMs: 250,
    });
    const pieces = await collect(stream.samples);
    expect(pieces.flatMap((piece) => Array.from(piece))).toEqual([0.5, -0.5]);
  });

  test("gives the first samples while the rest is not made yet", async () => {
    let finish: () => void = () => undefined;
    await serve((_request, response) => {
      sendHeader(response);
      response.write(Buffer.from(Int16Array.of(1).buffer));
      finish = () => response.end();
    });
    const { samples } = await streamTTS({ text: "Hello" }, {});
    const iterator = samples[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toHaveLength(1);
    finish();
    expect((await iterator.next()).done).toBe(true);
  });

  test("sends key and request id", async () => {
    let sent: IncomingMessage["headers"] = {};
    await serve((request, response) => {
      sent = request.headers;
      sendHeader(response);
      response.end();
    });
    await streamTTS({ text: "Hello" }, { apiKey: "secret", requestId: "id-1" });
    expect(sent.authorization).toBe("Bearer secret");
    expect(sent["x-request-id"]).toBe("id-1");
    expect(sent["content-type"]).toBe("application/json");
  });

  test("a connection that breaks is a cut, after the samples that came", async () => {
    await serve((_request, response) => {
      sendHeader(response);
      response.write(Buffer.alloc(1000), () => response.destroy());
    });
    const { samples } = await streamTTS({ text: "Hello" }, {});
    expect(await codeOf(collect(samples))).toBe("cut");
  });

  test("an end inside a sample is a cut", async () => {
    await serve((_request, response) => {
      sendHeader(response);
      response.end(Buffer.alloc(3));
    });
    const { samples } = await streamTTS({ text: "Hello" }, {});
    expect(await codeOf(collect(samples))).toBe("cut");
  });

  test("an abort reaches the server", async () => {
    const left = gate();
    await serve((_request, response) => {
      sendHeader(response);
      response.write(Buffer.alloc(2));
      response.on("close", () => left.open());
    });
    const abort = new AbortController();
    const { samples } = await streamTTS({ text: "Hello" }, { signal: abort.signal });
    const iterator = samples[Symbol.asyncIterator]();
    await iterator.next();
    abort.abort();
    expect(await codeOf(iterator.next())).toBe("aborted");
    await left.opened;
  });

  test("a reader that leaves ends the request", async () => {
    const left = gate();
    await serve((_request, response) => {
      sendHeader(response);
      response.write(Buffer.alloc(2));
      response.on("close", () => left.open());
    });
    const { samples } = await streamTTS({ text: "Hello" }, {});
    const iterator = samples[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.return?.();
    await left.opened;
  });

  test("what is not WAV is a bad answer", async () => {
    await serve((_request, response) => {
      response.writeHead(200, audioHeaders).end("<!doctype html><title>Router</title>");
    });
    const { samples } = await streamTTS({ text: "Hello" }, {});
    expect(await codeOf(collect(samples))).toBe("bad_answer");
  });
});

describe("errors", () => {
  function answer(status: number, body: Partial<ErrorBody> | string, more = {}): RequestListener {
    return (_request, response) => {
      response.writeHead(status, more);
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    };
  }

  test("carry status, code, the server's words, and when to come back", async () => {
    const body = { detail: "Full.", code: "queue_full", queue_length: 12 } as const;
    await serve(answer(429, body, { "Retry-After": "3" }));
    const error: unknown = await getHealth().catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      status: 429,
      code: "queue_full",
      detail: "Full.",
      retryAfterSeconds: 3,
      queueLength: 12,
    });
  });

  test("502 is a server that is gone, whoever says it", async () => {
    await serve(answer(502, { detail: "Start it.", code: "engine_not_ready" }));
    expect(await codeOf(getHealth())).toBe("unreachable");
  });

  test("504 is the server's time-out, or a proxy's word for gone", async () => {
    await serve(answer(504, { detail: "Too slow.", code: "timeout" }));
    expect(await codeOf(getHealth())).toBe("timeout");
    await serve(answer(504, "<html>Gateway Time-out</html>"));
    expect(await codeOf(getHealth())).toBe("unreachable");
  });

  test("a page of somebody else is a bad answer", async () => {
    await serve(answer(500, "<html>Oops</html>"));
    expect(await codeOf(getHealth())).toBe("bad_answer");
    await serve(answer(200, "<html>Welcome</html>"));
    expect(await codeOf(getRequest("a"))).toBe("bad_answer");
  });

  test("nobody listening is unreachable, an abort is an abort", async () => {
    await serve(() => undefined);
    const abort = new AbortController();
    const hanging = codeOf(getHealth({ signal: abort.signal }));
    abort.abort();
    expect(await hanging).toBe("aborted");
    expect(await codeOf(getHealth({ signal: AbortSignal.timeout(10) }))).toBe("unreachable");
    const [site] = sites;
    await site?.close();
    await serve((request) => request.socket.destroy());
    expect(await codeOf(getHealth())).toBe("unreachable");
  });
});

describe("batchTTS", () => {
  const failed: BatchResult = {
    success: false,
    audio: null,
    media_type: null,
    sample_rate: null,
    seed: null,
    finish_reason: null,
    error: "No.",
    code: "empty_text",
  };
  const line = (index: number) => `${JSON.stringify({ index, ...failed })}\n`;
  const lastLine = `${JSON.stringify({ completed_count: 0, failed_count: 2 })}\n`;

  test("hands each result on as soon as its line is there", async () => {
    let respond: ServerResponse | undefined;
    await serve((request, response) => {
      expect(request.headers.accept).toBe("application/x-ndjson");
      respond = response.writeHead(200, { "Content-Type": "application/x-ndjson" });
      respond.write(line(1));
    });
    const order: number[] = [];
    const first = gate();
    const done = batchTTS(
      { requests: [{ text: "a" }, { text: "" }] },
      {
        onResult: (index, result) => {
          expect(result.success).toBe(false);
          order.push(index);
          first.open();
        },
      },
    );
    await first.opened;
    expect(order).toEqual([1]);
    respond?.end(line(0) + lastLine);
    await done;
    expect(order).toEqual([1, 0]);
  });

  test("an answer without its last line is a cut", async () => {
    await serve((_request, response) => response.end(line(0)));
    const options = { onResult: () => undefined };
    expect(await codeOf(batchTTS({ requests: [] }, options))).toBe("cut");
  });
});
