// All requests of the page to the speech server. In: bodies of the protocol, a signal, the API key.
// Out: parsed answers, audio as it arrives, and ApiError for everything that goes wrong. Knows
// nothing of React and of playback.
import type {
  BatchBody,
  BatchLine,
  BatchResult,
  CapabilitiesResponse,
  HealthResponse,
  LanguagesResponse,
  RequestRecord,
  SpeakersResponse,
  SpeechBody,
} from "qwen-tts/protocol";
import { headers } from "qwen-tts/protocol";
import { ApiError, errorOfFailure, errorOfResponse } from "./api-error.ts";
import { WavReader } from "./audio/wav.ts";
import { splitLines } from "./split-lines.ts";

export type RequestOptions = {
  signal?: AbortSignal | undefined;
  apiKey?: string | undefined;
  /** Chosen by the page, so that it can ask for the request while it waits. */
  requestId?: string | undefined;
};

/** An answer whose samples are still being made. */
export type SpeechStream = {
  requestId: string;
  sampleRate: number;
  engine: string;
  model: string;
  seed: number | null;
  /** What the server recommends to hold before the first sound. */
  prebufferMs: number;
  /** Mono samples in -1..1 in the pieces in which they arrive. Throws ApiError when it breaks. */
  samples: AsyncIterable<Float32Array<ArrayBuffer>>;
};

/** POST /tts/stream. Resolves with the first samples on their way. @throws ApiError */
export async function streamTTS(body: SpeechBody, options: RequestOptions): Promise<SpeechStream> {
  const response = await post("/tts/stream", body, { ...options, accept: "audio/wav" });
  const sampleRate = Number(response.headers.get(headers.sampleRate));
  if (!response.body || !(sampleRate > 0))
    throw new ApiError("bad_answer", `The stream has no ${headers.sampleRate}.`);
  const seed = response.headers.get(headers.seed);
  return {
    requestId: response.headers.get(headers.requestId) ?? options.requestId ?? "",
    sampleRate,
    engine: response.headers.get(headers.engine) ?? "",
    model: response.headers.get(headers.model) ?? "",
    seed: seed === null ? null : Number(seed),
    prebufferMs: Number(response.headers.get(headers.recommendedPrebufferMs) ?? 0),
    samples: readSamples(response.body, sampleRate),
  };
}

async function* readSamples(body: ReadableStream<Uint8Array>, sampleRate: number) {
  const wav = new WavReader();
  try {
    for await (const bytes of chunksOf(body)) {
      const samples = wav.push(bytes);
      if (wav.sampleRate !== undefined && wav.sampleRate !== sampleRate)
        throw new ApiError("bad_answer", `The WAV has ${wav.sampleRate} Hz, not ${sampleRate}.`);
      if (samples.length > 0) yield samples;
    }
  } catch (error) {
    throw errorOfFailure(error, true);
  }
  if (!wav.atSampleBorder) throw new ApiError("cut", "The stream ended inside a sample.");
}

export type BatchOptions = RequestOptions & {
  /** Called for each item when it is ready, `index` being its place in the body. */
  onResult: (index: number, result: BatchResult) => void;
};

/** POST /tts/batch, results as they are ready. Resolves after the last one. @throws ApiError */
export async function batchTTS(body: BatchBody, options: BatchOptions): Promise<void> {
  const response = await post("/tts/batch", body, { ...options, accept: "application/x-ndjson" });
  let complete = false;
  try {
    if (response.body)
      for await (const text of splitLines(chunksOf(response.body))) {
        const line = JSON.parse(text) as BatchLine;
        if ("index" in line) options.onResult(line.index, line);
        else complete = true;
      }
  } catch (error) {
    throw errorOfFailure(error, true);
  }
  if (!complete) throw new ApiError("cut", "The batch ended before its last line.");
}

/** GET /requests/{id}: where a request is, and how it ended. @throws ApiError */
export function getRequest(id: string, options: RequestOptions = {}): Promise<RequestRecord> {
  return requestJson(`/requests/${encodeURIComponent(id)}`, options);
}

/** GET /capabilities. @throws ApiError */
export function getCapabilities(options: RequestOptions = {}): Promise<CapabilitiesResponse> {
  return requestJson("/capabilities", options);
}

/** GET /speakers. @throws ApiError */
export function getSpeakers(options: RequestOptions = {}): Promise<SpeakersResponse> {
  return requestJson("/speakers", options);
}

/** GET /languages. @throws ApiError */
export function getLanguages(options: RequestOptions = {}): Promise<LanguagesResponse> {
  return requestJson("/languages", options);
}

/** GET /health, which needs no key. @throws ApiError */
export function getHealth(options: RequestOptions = {}): Promise<HealthResponse> {
  return requestJson("/health", options);
}

export type JsonRequestOptions = RequestOptions & {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** A form is sent as multipart, anything else as JSON. */
  body?: object;
};

/** Any route that answers with JSON; models/ and voices/ name theirs. @throws ApiError */
export async function requestJson<Answer>(
  path: string,
  { method = "GET", body, ...options }: JsonRequestOptions,
): Promise<Answer> {
  const requestHeaders = headersFor(options);
  const isForm = body instanceof FormData;
  if (body && !isForm) requestHeaders.set("Content-Type", "application/json");
  const content = isForm ? body : JSON.stringify(body);
  const init = { method, headers: requestHeaders, ...(body && { body: content }) };
  const response = await request(path, init, options.signal);
  try {
    return (await response.json()) as Answer;
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new ApiError("bad_answer", `${path} did not answer with JSON.`, { cause: error });
    throw errorOfFailure(error, true);
  }
}

/** A file as it is. @throws ApiError */
export async function requestFile(path: string, options: RequestOptions): Promise<Blob> {
  const response = await request(path, { headers: headersFor(options) }, options.signal);
  try {
    return await response.blob();
  } catch (error) {
    throw errorOfFailure(error, true);
  }
}

type PostOptions = RequestOptions & { accept: string };

function post(path: string, body: unknown, options: PostOptions): Promise<Response> {
  const requestHeaders = headersFor(options);
  requestHeaders.set("Content-Type", "application/json");
  requestHeaders.set("Accept", options.accept);
  const init = { method: "POST", headers: requestHeaders, body: JSON.stringify(body) };
  return request(path, init, options.signal);
}

function headersFor({ apiKey, requestId }: RequestOptions): Headers {
  const requestHeaders = new Headers();
  if (apiKey) requestHeaders.set("Authorization", `Bearer ${apiKey}`);
  if (requestId) requestHeaders.set(headers.requestId, requestId);
  return requestHeaders;
}

async function request(path: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, cache: "no-store", signal: signal ?? null });
  } catch (error) {
    throw errorOfFailure(error, false);
  }
  if (!response.ok) throw await errorOfResponse(response);
  return response;
}

/** Not `for await` over the stream itself: Safari's streams cannot be iterated. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // A reader that leaves early stops the request; after an error there is nothing left to cancel.
    await reader.cancel().catch(() => undefined);
  }
}
