// One clip from request to last sample, over a real HTTP server. The player is the worklet's own
// queue, pulled by the test in place of the sound card.
import type { RequestListener, ServerResponse } from "node:http";
import type { RequestRecord } from "qwen-tts/protocol";
import { afterEach, expect, test, vi } from "vitest";
import { gate, openSite } from "../../test/site.ts";
import type { Site } from "../../test/site.ts";
import { SampleQueue } from "../audio/sample-queue.ts";
import type {
  PlaybackProgress,
  StreamPlayer,
  StreamPlayerOptions,
} from "../audio/stream-player.ts";
import { wavHeader } from "../audio/wav.ts";
import { runStreamSession } from "./stream-session.ts";
import { idleState, streamReducer } from "./stream-state.ts";
import type { StreamState } from "./stream-state.ts";

let site: Site | undefined;

afterEach(async () => {
  vi.useRealTimers();
  await site?.close();
  site = undefined;
});

/** A player whose sound card is `play()`. */
class PulledPlayer implements StreamPlayer {
  readonly kind = "worklet";
  readonly queue: SampleQueue;
  readonly options: StreamPlayerOptions;
  readonly finished: Promise<PlaybackProgress>;
  #finish: (progress: PlaybackProgress) => void = () => undefined;

  constructor(options: StreamPlayerOptions) {
    this.options = options;
    this.queue = new SampleQueue({ prebufferSamples: options.prebufferSamples, rampSamples: 16 });
    this.finished = new Promise((resolve) => (this.#finish = resolve));
  }

  push(samples: Float32Array<ArrayBuffer>) {
    this.queue.push(samples);
  }
  end() {
    this.queue.end();
  }
  stop() {
    this.queue.stop();
    this.play();
  }
  outputDelayMs() {
    return 0;
  }
  /** Play all that may be played. */
  play() {
    const { queue } = this;
    do queue.pull(new Float32Array(128));
    while (queue.phase === "playing");
    const { phase, samplesPlayed, underruns } = queue;
    this.options.onProgress({ phase, samplesPlayed, underruns });
    if (phase === "ended" || phase === "stopped") this.#finish({ phase, samplesPlayed, underruns });
  }
}

type Server = {
  stream: (response: ServerResponse, requestId: string) => void;
  record?: Partial<RequestRecord>;
};

async function serve({ stream, record }: Server) {
  const listener: RequestListener = (request, response) => {
    if (request.method === "POST") stream(response, String(request.headers["x-request-id"]));
    else if (record) response.end(JSON.stringify({ error: null, finish_reason: null, ...record }));
    else response.destroy();
  };
  site = await openSite(listener);
}

function sendHeader(response: ServerResponse, requestId: string) {
  response.writeHead(200, { "X-Sample-Rate": "24000", "X-Request-Id": requestId });
  response.write(wavHeader(0x7fffffda, 24_000));
}

function start() {
  const players: PulledPlayer[] = [];
  const states: StreamState[] = [streamReducer(idleState, { kind: "start" })];
  const abort = new AbortController();
  const changes: (() => void)[] = [];
  const failures = { count: 0 };
  const result = runStreamSession({
    body: { text: "Hello" },
    apiKey: "",
    signal: abort.signal,
    createPlayer: (_sampleRate, options) => {
      players.push(new PulledPlayer(options));
      return Promise.resolve(players[0]!);
    },
    dispatch: (action) => {
      states.push(streamReducer(states.at(-1)!, action));
      changes.splice(0).forEach((notify) => notify());
    },
    onFailure: () => failures.count++,
  });
  const until = async (matches: (state: StreamState) => boolean) => {
    while (!matches(states.at(-1)!)) await new Promise<void>((resolve) => changes.push(resolve));
    return states.at(-1)!;
  };
  return { result, abort, states, until, failures, player: () => players[0]! };
}

const second = Buffer.alloc(48_000, 1);

test("plays while the rest is not made, and is done when the last sample was heard", async () => {
  const rest = gate();
  await serve({
    stream: (response, id) => {
      sendHeader(response, id);
      response.write(second);
      void rest.opened.then(() => response.end(second));
    },
    record: { finish_reason: "stop" },
  });
  const session = start();
  await session.until(({ figures }) => figures.samplesMade === 24_000);
  session.player().play();
  await session.until(({ figures }) => figures.samplesPlayed === 24_000);
  rest.open();
  const received = await session.until(({ kind }) => kind === "draining");
  expect(received.figures).toMatchObject({ samplesMade: 48_000, samplesPlayed: 24_000 });
  session.player().play();
  const done = await session.until(({ kind }) => kind === "done");
  expect(done.figures).toMatchObject({ samplesPlayed: 48_000, underruns: 1 });
  const result = await session.result;
  expect(result).toMatchObject({ complete: true });
  expect(result?.recorder.sampleCount).toBe(48_000);
  expect(session.failures.count).toBe(0);
});

test("a cut is said at once, what arrived is heard, and the clip is kept as cut short", async () => {
  await serve({
    stream: (response, id) => {
      sendHeader(response, id);
      response.write(second, () => response.destroy());
    },
  });
  const session = start();
  const cut = await session.until(({ kind }) => kind === "draining");
  expect(cut).toMatchObject({ problem: { title: expect.stringContaining("broke") as string } });
  session.player().play();
  await session.until(({ kind }) => kind === "failed");
  expect(await session.result).toMatchObject({ complete: false });
  expect(session.failures.count).toBe(1);
});

test("the server's record explains a clip that was cut short", async () => {
  await serve({
    stream: (response, id) => {
      sendHeader(response, id);
      response.end(second);
    },
    record: { finish_reason: "length" },
  });
  const session = start();
  const state = await session.until((state) => state.kind === "draining" && state.problem !== null);
  expect(state).toMatchObject({ problem: { title: expect.stringContaining("longest") as string } });
  expect(await session.result).toMatchObject({ complete: false });
});

test("a refusal is a failure with the server's words, and nothing plays", async () => {
  await serve({
    stream: (response) =>
      response
        .writeHead(400)
        .end(JSON.stringify({ detail: "Unknown speaker 'Bob'.", code: "unknown_speaker" })),
  });
  const session = start();
  expect(await session.result).toBeUndefined();
  expect(session.states.at(-1)).toMatchObject({
    kind: "failed",
    problem: { title: "Unknown speaker 'Bob'." },
  });
  expect(session.player()).toBeUndefined();
});

test("a stop silences the player, ends the request and reports nothing more", async () => {
  const left = gate();
  await serve({
    stream: (response, id) => {
      sendHeader(response, id);
      response.write(second);
      response.on("close", left.open);
    },
  });
  const session = start();
  await session.until(({ figures }) => figures.samplesMade === 24_000);
  session.abort.abort();
  const reports = session.states.length;
  await left.opened;
  expect(session.player().queue.phase).toBe("stopped");
  expect(await session.result).toBeUndefined();
  expect(session.states).toHaveLength(reports);
  expect(session.failures.count).toBe(0);
});

test("asks for its place while it waits, with the id that it sent", async () => {
  const asked: string[] = [];
  const answer = gate();
  let streamId = "";
  site = await openSite((request, response) => {
    if (request.method === "POST") {
      streamId = String(request.headers["x-request-id"]);
      void answer.opened.then(() => {
        sendHeader(response, streamId);
        response.end(second);
      });
      return;
    }
    asked.push(request.url ?? "");
    response.end(JSON.stringify({ queue_place: 3, error: null, finish_reason: null }));
  });
  const session = start();
  const waiting = await session.until((state) => state.kind === "waiting" && !!state.queuePlace);
  expect(waiting).toMatchObject({ queuePlace: 3 });
  expect(asked).toEqual([`/requests/${streamId}`]);
  answer.open();
  await session.until(({ kind }) => kind === "draining");
  session.player().play();
  await session.until(({ kind }) => kind === "done");
});
