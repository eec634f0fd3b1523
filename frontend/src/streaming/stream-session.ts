// One clip from the click to the last sample heard: request, queue, samples into the player and into
// the recorder, and how it ended. In: a checked body and a way to sound. Out: actions for the
// reducer. Knows nothing of React.
import type { SpeechBody } from "qwen-tts/protocol";
import { getRequest, streamTTS } from "../api.ts";
import type { SpeechStream } from "../api.ts";
import { ApiError } from "../api-error.ts";
import { ClipRecorder } from "../audio/clip-recorder.ts";
import type { StreamPlayer, StreamPlayerOptions } from "../audio/stream-player.ts";
import { explainError, explainFinish } from "../explain-error.ts";
import type { Explanation } from "../explain-error.ts";
import { newRequestId } from "../request-id.ts";
import type { StreamAction } from "./stream-state.ts";

export type StreamSession = {
  body: SpeechBody;
  apiKey: string;
  /** Aborting it stops the sound, the request and the reports. */
  signal: AbortSignal;
  createPlayer: (sampleRate: number, options: StreamPlayerOptions) => Promise<StreamPlayer>;
  dispatch: (action: StreamAction) => void;
  /** Called when the request failed or broke, not when it was stopped. */
  onFailure: () => void;
};

export type SessionResult = { recorder: ClipRecorder; seed: number | null; complete: boolean };

/** Between two reports of samples that arrive faster than a page can show. */
const reportEveryMs = 50;
/** The first question about the queue: a free server has answered by then. */
const askQueueAfterMs = 600;
const askQueueEveryMs = 1000;
const askEndingWithinMs = 4000;

/**
 * Stream and play `session.body`. Resolves when the last sample was received (not yet heard), with
 * undefined when there was none or the listener stopped it. Failures become `problem` actions.
 */
export async function runStreamSession(session: StreamSession): Promise<SessionResult | undefined> {
  const requestId = newRequestId();
  const request = new AbortController();
  const signal = AbortSignal.any([session.signal, request.signal]);
  // One that was stopped is silent: its last reports must not change the clip that came after it.
  const dispatch = (action: StreamAction) => {
    if (!session.signal.aborted) session.dispatch(action);
  };
  const live = { ...session, clickedAt: performance.now(), signal, dispatch };
  try {
    const stream = await openStream(live, requestId);
    return await playStream(live, stream);
  } catch (error) {
    if (!session.signal.aborted) session.onFailure();
    dispatch({ kind: "problem", problem: explainError(error) });
    dispatch({ kind: "finished" });
    // A page that cannot play must not let the server go on for it.
    request.abort();
    return undefined;
  }
}

type LiveSession = StreamSession & { clickedAt: number };

async function openStream(session: LiveSession, requestId: string): Promise<SpeechStream> {
  const { body, apiKey, signal } = session;
  const answered = new AbortController();
  void reportQueue(session, requestId, AbortSignal.any([signal, answered.signal]));
  try {
    return await streamTTS(body, { signal, apiKey, requestId });
  } finally {
    answered.abort();
  }
}

/** Ask for the place in the queue until `signal`, in silence: the request itself reports failures. */
async function reportQueue(session: LiveSession, requestId: string, signal: AbortSignal) {
  const { apiKey, dispatch } = session;
  await pause(askQueueAfterMs, signal);
  while (!signal.aborted) {
    const record = await getRequest(requestId, { apiKey, signal }).catch(() => undefined);
    if (record) dispatch({ kind: "queued", place: record.queue_place });
    await pause(askQueueEveryMs, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, signal.aborted ? 0 : ms);
    const stop = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}

async function playStream(
  session: LiveSession,
  stream: SpeechStream,
): Promise<SessionResult | undefined> {
  const { signal, dispatch, apiKey } = session;
  const { sampleRate, seed, model, engine } = stream;
  const prebufferSeconds = stream.prebufferMs / 1000;
  const recorder = new ClipRecorder(sampleRate);
  const player = await openPlayer(session, stream);
  const clip = { recorder, model, engine, seed, player: player.kind, prebufferSeconds };
  dispatch({ kind: "opened", clip });
  const failure = await receive(session, stream, { recorder, player });
  if (failure?.code === "aborted") return undefined;
  player.end();
  if (failure) {
    session.onFailure();
    dispatch({ kind: "problem", problem: explainError(failure) });
  } else dispatch({ kind: "complete" });
  const ending = explainEnding({ stream, apiKey, signal, failure }).then((problem) => {
    if (problem) dispatch({ kind: "problem", problem });
    return problem;
  });
  void player.finished.then(() => dispatch({ kind: "finished" }));
  const cutShort = (await ending) !== undefined;
  return { recorder, seed, complete: !failure && !cutShort };
}

async function openPlayer(session: LiveSession, stream: SpeechStream): Promise<StreamPlayer> {
  const { signal, dispatch, clickedAt } = session;
  const player = await session.createPlayer(stream.sampleRate, {
    prebufferSamples: Math.round((stream.prebufferMs / 1000) * stream.sampleRate),
    onProgress: (progress) => {
      const sinceClickMs = performance.now() - clickedAt + player.outputDelayMs();
      dispatch({ kind: "playback", progress, sinceClickMs });
    },
  });
  signal.addEventListener("abort", () => player.stop(), { once: true });
  if (signal.aborted) player.stop();
  return player;
}

type Sinks = { recorder: ClipRecorder; player: StreamPlayer };

/** Samples into recorder and player until the stream ends. Returns how it broke, if it did. */
async function receive(
  { dispatch, clickedAt }: LiveSession,
  { samples: pieces }: SpeechStream,
  { recorder, player }: Sinks,
): Promise<ApiError | undefined> {
  let newestAt = clickedAt;
  let reportedAt = -Infinity;
  const report = () => {
    reportedAt = newestAt;
    const madeInMs = newestAt - clickedAt;
    dispatch({ kind: "received", samplesMade: recorder.sampleCount, madeInMs });
  };
  try {
    for await (const samples of pieces) {
      newestAt = performance.now();
      recorder.append(samples);
      player.push(samples);
      if (newestAt - reportedAt >= reportEveryMs) report();
    }
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  } finally {
    report();
  }
  return undefined;
}

type Ending = {
  stream: SpeechStream;
  apiKey: string;
  signal: AbortSignal;
  failure: ApiError | undefined;
};

/** What the server knows of the end, which a page cannot read from the stream's trailers. */
async function explainEnding(ending: Ending): Promise<Explanation | undefined> {
  const { stream, apiKey, failure } = ending;
  const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(askEndingWithinMs)]);
  const fromFailure = failure && explainError(failure);
  try {
    const record = await getRequest(stream.requestId, { apiKey, signal });
    if (record.error) return explainError(new ApiError(record.error.code, record.error.detail));
    return explainFinish(record.finish_reason) ?? fromFailure;
  } catch {
    // No answer: for a clip that ended in order nothing is wrong, and a cut says itself.
    return fromFailure;
  }
}
