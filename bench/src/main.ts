// `npm run bench`: what the server does on this machine, measured through its public HTTP interface.
// Out: a table, then one line of JSON. Every figure is from this run; nothing here passes or fails.
import { startServer, type ServerProcess } from "./server-process.ts";
import { timeRequest, timeStream, type StreamTimes } from "./clients.ts";
import { percentile, printFigures, sentence, textNumber, type Figure } from "./figures.ts";

async function lone({ url }: ServerProcess, count: number): Promise<Figure[]> {
  const times: StreamTimes[] = [];
  for (let index = 0; index < count; index++) {
    times.push(await timeStream(url, { text: textNumber(index) }));
  }
  const first = times.map((time) => time.firstAudioMs);
  const factors = times.map((time) => time.totalMs / 1000 / time.audioSeconds);
  return [
    { name: "first audio, alone, p50", value: percentile(first, 0.5), unit: "ms" },
    { name: "first audio, alone, p95", value: percentile(first, 0.95), unit: "ms" },
    { name: "real-time factor, alone, p50", value: percentile(factors, 0.5), unit: "" },
  ];
}

async function together(
  { url }: ServerProcess,
  streams: number,
  rounds: number,
): Promise<Figure[]> {
  const times: StreamTimes[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = Array.from({ length: streams }, (_, index) =>
      timeStream(url, { text: textNumber(round * streams + index) }),
    );
    times.push(...(await Promise.all(started)));
  }
  const first = times.map((time) => time.firstAudioMs);
  return [
    { name: `first audio, ${streams} at once, p50`, value: percentile(first, 0.5), unit: "ms" },
    { name: `first audio, ${streams} at once, p95`, value: percentile(first, 0.95), unit: "ms" },
    {
      name: `broken streams of ${times.length}`,
      value: times.filter((time) => !time.whole).length,
      unit: "",
    },
  ];
}

async function besideBatch({ url }: ServerProcess, count: number): Promise<Figure[]> {
  const beside: number[] = [];
  for (let index = 0; index < count; index++) {
    const items = Array.from({ length: 10 }, (_, item) => ({
      text: `${index} ${item} ${sentence} `.repeat(30),
    }));
    const batch = timeRequest(`${url}/tts/batch`, { requests: items });
    await new Promise((resolve) => setTimeout(resolve, 100));
    beside.push((await timeStream(url, { text: textNumber(index) })).firstAudioMs);
    await batch;
  }
  return [
    { name: "first audio beside a batch of 10, p50", value: percentile(beside, 0.5), unit: "ms" },
  ];
}

async function batchAgainstSingles({ url }: ServerProcess): Promise<Figure[]> {
  const items = Array.from({ length: 3 }, (_, item) => ({
    text: `${item} ${sentence} `.repeat(20),
  }));
  const ratios: number[] = [];
  for (let round = 0; round < 5; round++) {
    const batchMs = await timeRequest(`${url}/tts/batch`, { requests: items });
    let singlesMs = 0;
    for (const item of items) singlesMs += await timeRequest(`${url}/tts`, item);
    ratios.push(singlesMs / batchMs);
  }
  return [
    { name: "3 x /tts one after another / batch of 3", value: percentile(ratios, 0.5), unit: "x" },
  ];
}

async function memory(server: ServerProcess): Promise<Figure[]> {
  const figures: Figure[] = [];
  let sent = 0;
  for (const target of [200, 2000]) {
    while (sent < target) {
      const streams = Array.from({ length: 4 }, () =>
        timeStream(server.url, { text: textNumber(sent++) }),
      );
      await Promise.all(streams);
    }
    const { serverMb, childrenMb } = server.memory();
    figures.push({ name: `server memory after ${target} requests`, value: serverMb, unit: "MB" });
    figures.push({ name: `voice memory after ${target} requests`, value: childrenMb, unit: "MB" });
  }
  return figures;
}

async function measure(server: ServerProcess): Promise<Figure[]> {
  await lone(server, 10); // warm: code, voice, sockets
  return [
    { name: "process start to address", value: server.startMs, unit: "ms" },
    ...(await lone(server, 100)),
    ...(await together(server, 20, 10)),
    ...(await besideBatch(server, 10)),
    ...(await batchAgainstSingles(server)),
    ...(await memory(server)),
  ];
}

const server = await startServer();
try {
  printFigures(await measure(server));
} finally {
  await server.stop();
}
