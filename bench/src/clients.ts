// Requests as a client makes them, with their times. In: an address and a body. Out: when the first
// playable sample came, and whether the stream was whole.
import { Agent, request, type IncomingMessage } from "node:http";

/** The first sample of a WAV stream is behind its header of 44 bytes. */
const wavHeaderBytes = 44;

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

export type StreamTimes = {
  firstAudioMs: number;
  totalMs: number;
  audioSeconds: number;
  /** The connection ended cleanly and the server said how the clip ended. */
  whole: boolean;
};

export async function timeStream(url: string, body: object): Promise<StreamTimes> {
  const sentAt = performance.now();
  const response = await send(`${url}/tts/stream`, body);
  let bytes = 0;
  let firstAudioMs = NaN;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (bytes <= wavHeaderBytes && bytes + chunk.byteLength > wavHeaderBytes) {
      firstAudioMs = performance.now() - sentAt;
    }
    bytes += chunk.byteLength;
  }
  const sampleRate = Number(response.headers["x-sample-rate"]);
  return {
    firstAudioMs,
    totalMs: performance.now() - sentAt,
    audioSeconds: (bytes - wavHeaderBytes) / 2 / sampleRate,
    whole: response.complete && response.trailers["x-finish-reason"] === "stop",
  };
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
