// `npm run bench:long -- --model DIR`: one long piece, streamed and whole by turns, in this process. In: a checkpoint, precision,
// frames. Out: whether its end is as fast as its beginning, by wall and by processor time, whether memory grows by more than
// keys and values, and what streaming costs beside making a file; a table, then one line of JSON.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadModel, type LocalModel, type Precision, type SpeechRequest } from "qwen3-tts";
import { printFigures, sentence, type Figure } from "./figures.ts";

/** Compared at both ends of the piece. */
const endFrames = 100;

type Moment = { wallMs: number; processorMs: number; rssBytes: number };
type Piece = { start: Moment; frames: Moment[]; steps: number; pieces: number };

function now(): Moment {
  const { user, system } = process.cpuUsage(); // of all threads
  const rssBytes = process.memoryUsage.rss();
  return { wallMs: performance.now(), processorMs: (user + system) / 1000, rssBytes };
}

async function speak(
  model: LocalModel,
  { frames, delivery }: { frames: number; delivery: SpeechRequest["delivery"] },
): Promise<Piece> {
  const request: SpeechRequest = {
    text: { kind: "whole", text: sentence },
    voice: { kind: "preset", speaker: model.info.speakers[0]! },
    language: "Auto",
    seed: 1,
    sampling: {},
    limits: { minFrames: frames, maxFrames: frames, runawayGuard: false },
    delivery,
  };
  const moments: Moment[] = [];
  const start = now();
  const observer = { frame: () => void moments.push(now()) };
  let steps = 0;
  let pieces = 0;
  for await (const event of model.synthesize(request, new AbortController().signal, observer)) {
    if (event.kind === "audio") pieces += 1;
    if (event.kind === "end") steps = event.stats.steps ?? 0;
  }
  moments.push(now());
  return { start, frames: moments, steps, pieces };
}

/** How much less of something the first frames took than the last, as speeds: 1 is no difference. */
function endSpeed({ frames }: Piece, of: keyof Moment): number {
  const [first, last] = [frames.slice(0, endFrames + 1), frames.slice(-endFrames - 2, -1)];
  const took = (moments: Moment[]) => moments.at(-1)![of] - moments[0]![of];
  return took(first) / took(last);
}

const megabytes = (bytes: number) => bytes / 1e6;
const processorSeconds = ({ start, frames }: Piece) =>
  (frames.at(-1)!.processorMs - start.processorMs) / 1000;

function figuresOf(folder: string, streamed: Piece, whole: Piece): Figure[] {
  const [first, last] = [streamed.frames[endFrames]!, streamed.frames.at(-1)!];
  return [
    { name: "frames a second, first 100", value: rate(streamed.frames.slice(0, 101)), unit: "" },
    { name: "frames a second, last 100", value: rate(streamed.frames.slice(-102, -1)), unit: "" },
    { name: "last 100 against first 100, by wall", value: endSpeed(streamed, "wallMs"), unit: "x" },
    {
      name: "last 100 against first 100, by processor time",
      value: endSpeed(streamed, "processorMs"),
      unit: "x",
    },
    {
      name: "memory from frame 100 to the end",
      value: megabytes(last.rssBytes - first.rssBytes),
      unit: "MB",
    },
    {
      name: "keys and values of those frames",
      value: megabytes(positionBytes(folder) * (streamed.frames.length - 1 - endFrames)),
      unit: "MB",
    },
    { name: "processor time, streamed", value: processorSeconds(streamed), unit: "s" },
    { name: "processor time, whole", value: processorSeconds(whole), unit: "s" },
    {
      name: "streamed against whole, processor time",
      value: processorSeconds(streamed) / processorSeconds(whole),
      unit: "x",
    },
    { name: "steps, streamed", value: streamed.steps, unit: "" },
    { name: "steps, whole", value: whole.steps, unit: "" },
    { name: "codec calls, streamed", value: streamed.pieces, unit: "" },
    { name: "codec calls, whole", value: whole.pieces, unit: "" },
  ];
}

/** Of one position: keys and values of the talker's layers, in float32. */
function positionBytes(folder: string): number {
  const { talker_config: talker } = JSON.parse(
    readFileSync(join(folder, "config.json"), "utf8"),
  ) as { talker_config: Record<string, number> };
  const { num_hidden_layers: layers, num_key_value_heads: heads, head_dim: width } = talker;
  return layers! * 2 * heads! * width! * Float32Array.BYTES_PER_ELEMENT;
}

function rate(moments: readonly Moment[]): number {
  return ((moments.length - 1) / (moments.at(-1)!.wallMs - moments[0]!.wallMs)) * 1000;
}

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    precision: { type: "string", default: "int8" },
    frames: { type: "string", default: "800" },
  },
});
const frames = Number(values.frames);
if (values.model === undefined || !(frames > 2 * endFrames)) {
  throw new Error(`--model DIR and --frames above ${2 * endFrames} are needed`);
}
const model = await loadModel(values.model, { precision: values.precision as Precision, rows: 1 });
try {
  const live = { kind: "live", playbackRate: 1 } as const;
  await speak(model, { frames: 8, delivery: live }); // warm: code, the runtime's memory
  const streamed = await speak(model, { frames, delivery: live });
  const whole = await speak(model, { frames, delivery: { kind: "whole" } });
  printFigures(figuresOf(values.model, streamed, whole));
} finally {
  await model.close();
}
