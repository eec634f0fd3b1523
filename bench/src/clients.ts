// Requests as a client makes them, with their times. In: an address and a body. Out: when the first
// playable sample came, and whether the stream was whole.
import { Agent, request, type IncomingMessage } from "node:http";
import { playback, type Arrival, type Playback } from "./player.ts";

/** The first sample of a WAV stream is behind its header of 44 bytes. */
const wavHeaderBytes = 44;

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

export type StreamTimes = {
  firstAudioMs: number;
  totalMs: number;
  audioSeconds: number;
  /** The connection ended cleanly and the server said how the clip ended. */
  whole: boolean;
  /** By a player that holds back what the server recommends. */
  playback: Playback;
};

export async function timeStream(url: string, body: object): Promise<StreamTimes> {
  const sentAt = performance.now();
  const response = await send(`${url}/tts/stream`, body);
  let bytes = 0;
  let firstAudioMs = NaN;
  const arrivals: Arrival[] = [];
  const sampleRate = Number(response.headers["x-sample-rate"]);
  for await (const chunk of response as AsyncIterable<Buffer>) {
    const audioMs =
      ((chunk.byteLength - (bytes === 0 ? wavHeaderBytes : 0)) / 2 / sampleRate) * 1000;
    arrivals.push({ atMs: performance.now() - sentAt, audioMs });
    if (bytes <= wavHeaderBytes && bytes + chunk.byteLength > wavHeaderBytes) {
      firstAudioMs = performance.now() - sentAt;
    }
    bytes += chunk.byteLength;
  }
  return {
    firstAudioMs,
    totalMs: performance.now() - sentAt,
    audioSeconds: (bytes - wavHeaderBytes) / 2 / sampleRate,
    whole:
      response.complete &&
      ["stop", "length"].includes(String(response.trailers["x-finish-reason"])),
    playback: playback(arrivals, Number(response.headers["x-recommended-prebuffer-ms"])),
  };
}

/** @returns milliseconds from a client's leaving, after its first audio, until no row of the server is busy */
export async function timeCancel(url: string, body: object): Promise<number> {
  const response = await send(`${url}/tts/stream`, body);
  await new Promise((resolve) => response.once("data", resolve));
  const leftAt = performance.now();
  response.destroy();
  while ((await activeRows(url)) > 0) {
    // Asked again at once: each answer takes about a millisecond.
  }
  return performance.now() - leftAt;
}

async function activeRows(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const [, rows] = /^qwen_tts_active_rows (\d+)$/m.exec(metrics) ?? [];
  if (rows === undefined) throw new Error("The server does not say how many rows are busy");
  return Number(rows);
}

/** @returns wall milliseconds until the last byte */
export async function timeRequest(url: string, body: object): Promise<number> {
  const sentAt = performance.now();
  const response = await send(url, body);
  response.resume();
  await new Promise((resolve, reject) => response.on("end", resolve).on("error", reject));
  return performance.now() - sentAt;
}

function send(url: string, body: object): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { "Content-Type": "application/json" };
    const sent = request(url, { method: "POST", agent, headers }, (response) => {
      if (response.statusCode === 200) resolve(response);
      else reject(new Error(`${url} answered ${response.statusCode ?? "nothing"}`));
    });
    sent.on("error", reject);
    sent.end(JSON.stringify(body));
  });
}
