// `npm run bench:http`: a checkpoint behind the server, over real sockets; and the C engine and the official package in the
// same run, if QWEN_C_ENGINE and QWEN_OFFICIAL_PYTHON say where they are. In: arguments of `qwen-tts serve`, --model among
// them. Out: a table, then one line of JSON.
import { setTimeout } from "node:timers/promises";
import { timeCancel, timeRequest, timeStream, type StreamTimes } from "./clients.ts";
import { percentile, printFigures, textNumber, type Figure } from "./figures.ts";
import { measureCEngine } from "./peers/c-engine.ts";
import { measureOfficialPackage } from "./peers/official-package.ts";
import { peerSettings } from "./peers/peer.ts";
import { startServer, type ServerProcess } from "./server-process.ts";

/** As the peers: 75 frames. Random weights never end by themselves. */
const clipSeconds = 6;
const lone = 10;
const rounds = 3;

const clip = (index: number) => ({
  text: textNumber(index),
  seed: index,
  max_seconds: clipSeconds,
});

async function untilReady(url: string): Promise<void> {
  while ((await fetch(`${url}/ready`)).status !== 200) await setTimeout(100);
}

async function streamsAtOnce(url: string, streams: number, count: number): Promise<Figure[]> {
  const times: StreamTimes[] = [];
  const startMs = performance.now();
  for (let round = 0; round < count; round++) {
    const started = Array.from({ length: streams }, (_, index) =>
      timeStream(url, clip(round * streams + index)),
    );
    times.push(...(await Promise.all(started)));
  }
  const wallSeconds = (performance.now() - startMs) / 1000;
  const first = times.map(({ firstAudioMs }) => firstAudioMs);
  const factors = times.map(({ totalMs, audioSeconds }) => totalMs / 1000 / audioSeconds);
  const total = (of: (time: StreamTimes) => number) =>
    times.reduce((sum, time) => sum + of(time), 0);
  const name = (what: string) => `${what}, ${streams} at once`;
  return [
    { name: name("first audio p50"), value: percentile(first, 0.5), unit: "ms" },
    { name: name("first audio p95"), value: percentile(first, 0.95), unit: "ms" },
    { name: name("real-time factor p50"), value: percentile(factors, 0.5), unit: "" },
    {
      name: name("audio seconds per second"),
      value: total((t) => t.audioSeconds) / wallSeconds,
      unit: "",
    },
    {
      name: name(`underruns in ${times.length} clips`),
      value: total((t) => t.playback.underruns),
      unit: "",
    },
    { name: name("silence of underruns"), value: total((t) => t.playback.silentMs), unit: "ms" },
    { name: name("broken streams"), value: total((t) => (t.whole ? 0 : 1)), unit: "" },
  ];
}

async function batchAgainstSingles(url: string): Promise<Figure> {
  const requests = [0, 1, 2].map(clip);
  const batchMs = await timeRequest(`${url}/tts/batch`, { requests });
  let singlesMs = 0;
  for (const request of requests) singlesMs += await timeRequest(`${url}/tts`, request);
  return { name: "3 x /tts one after another / batch of 3", value: singlesMs / batchMs, unit: "x" };
}

async function cancels({ url }: ServerProcess): Promise<Figure> {
  const times: number[] = [];
  for (let index = 0; index < lone; index++) times.push(await timeCancel(url, clip(index)));
  return {
    name: "a client that leaves until its row is free, p95",
    value: percentile(times, 0.95),
    unit: "ms",
  };
}

async function measure(server: ServerProcess): Promise<Figure[]> {
  await untilReady(server.url);
  await timeStream(server.url, clip(lone)); // warm: code, sockets, the runtime's memory
  const single = await streamsAtOnce(server.url, 1, lone);
  const { serverMb, childrenMb } = server.memory();
  return [
    ...single,
    ...(await streamsAtOnce(server.url, 3, rounds)),
    await batchAgainstSingles(server.url),
    await cancels(server),
    { name: "server memory", value: serverMb, unit: "MB" },
    { name: "engine memory", value: childrenMb, unit: "MB" },
  ];
}

const args = process.argv.slice(2);
const server = await startServer(args);
let figures: Figure[];
try {
  figures = await measure(server);
} finally {
  await server.stop();
}
// Not beside the server: each has the machine for itself.
const own = figures.find(({ name }) => name === "real-time factor p50, 1 at once")!;
const settings = peerSettings(args);
printFigures([
  ...figures,
  ...measureCEngine(settings, own.value),
  ...measureOfficialPackage(settings, own.value),
]);
