// `qwen-tts bench`: how fast a checkpoint speaks on this machine, measured in this process. In: a
// checkpoint and how many streams at once. Out: a table, and if asked for one JSON object as last line.
import { defineCommand, type CommandContext } from "../command.ts";
import { integer, optional, readArguments, required, UsageError } from "../arguments.ts";
import { loadModel, type DeviceChoice, type ModelInfo, type Precision } from "qwen3-tts";
import { formatTable, mebibytes } from "../figures.ts";
import {
  idleShare,
  measureStreams,
  timedRequest,
  timeTake,
  type StreamFigures,
} from "../measure.ts";
import {
  checkedDevice,
  checkedPrecision,
  checkedThreads,
  defaultDevice,
  defaultPrecision,
  loadOptions,
} from "../model-arguments.ts";

export type BenchOptions = {
  model: string;
  precision: Precision;
  device: DeviceChoice;
  frames: number;
  streams: number[];
  threads: number | null;
  json: boolean;
};

/** Six seconds of speech. */
const defaultFrames = "75";
const mostFrames = 10_000;
const mostStreams = 64;

const help = `Usage: qwen-tts bench --model DIR [options]

  --model DIR      folder of a Qwen3-TTS checkpoint
  --precision P    f32, int8 or int4 (int8)
  --device D       cpu, cuda, webgpu, coreml, dml or auto (cpu)
  --frames N       frames that each stream makes (${defaultFrames})
  --streams N,…    how many streams at once, one measurement for each (1,2,3)
  --threads N      threads of the engine (as many as cores)
  --json           print one JSON object as the last line
  --help           show this`;

const argumentTypes = {
  model: { type: "string" },
  precision: { type: "string", default: defaultPrecision },
  device: { type: "string", default: defaultDevice },
  frames: { type: "string", default: defaultFrames },
  streams: { type: "string", default: "1,2,3" },
  threads: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

export const bench = defineCommand({ help, parse: parseBenchOptions, run: runBench });

/** @throws UsageError. Null: `--help` was asked for. */
export function parseBenchOptions(args: string[]): BenchOptions | null {
  const values = readArguments(args, argumentTypes);
  if (values.help) return null;
  return {
    model: required("--model", values.model),
    precision: checkedPrecision(values.precision),
    device: checkedDevice(values.device),
    frames: integer("--frames", values.frames, { min: 1, max: mostFrames }),
    streams: streamsOf(values.streams),
    threads: optional(values.threads, checkedThreads),
    json: values.json,
  };
}

function streamsOf(value: string): number[] {
  const counts = value.split(",");
  const good = counts.every((count) => /^[1-9]\d?$/.test(count) && Number(count) <= mostStreams);
  if (good) return counts.map(Number);
  throw new UsageError(
    `--streams must be integers from 1 to ${mostStreams} with commas between them, not '${value}'.`,
  );
}

async function runBench(
  options: BenchOptions,
  { signal, progress }: CommandContext,
): Promise<void> {
  progress.phase("Loading the model");
  const startMs = performance.now();
  const model = await loadModel(options.model, {
    ...loadOptions(options),
    rows: Math.max(...options.streams),
  });
  try {
    const loadMs = performance.now() - startMs;
    const loadedBytes = process.memoryUsage.rss();
    const request = await timedRequest(model, options.frames);
    progress.phase("Warming up");
    await timeTake(model, request, signal);
    const figures: StreamFigures[] = [];
    for (const streams of options.streams) {
      progress.phase(`Measuring ${streams} at once`);
      figures.push(await measureStreams(model, request, { streams, signal }));
    }
    progress.phase("Measuring the idle process");
    const idle = await idleShare(signal);
    progress.end();
    const results = { info: model.info, loadMs, loadedBytes, idle, figures };
    console.log(formatBench(results, options));
    if (options.json) console.log(JSON.stringify(benchObject(results, options)));
  } finally {
    await model.close();
  }
}

type Results = {
  info: ModelInfo;
  loadMs: number;
  /** Resident, when the model was loaded. */
  loadedBytes: number;
  /** Share of a core while nobody speaks. */
  idle: number;
  figures: StreamFigures[];
};

/** Resident memory of this process at its highest. */
function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

function formatBench(results: Results, { frames }: BenchOptions): string {
  const { info, loadMs, loadedBytes, idle, figures } = results;
  const stages = Object.keys(figures[0]?.stageMsPerFrame ?? {});
  const header = [
    "streams",
    "RTF",
    "audio s/s",
    "first p50",
    "first p95",
    "audible p50",
    ...stages,
  ];
  const rows = figures.map((figure) => [
    String(figure.streams),
    figure.realTimeFactor.toFixed(2),
    figure.audioSecondsPerSecond.toFixed(2),
    `${figure.firstAudioMsP50.toFixed(0)} ms`,
    `${figure.firstAudioMsP95.toFixed(0)} ms`,
    `${figure.firstAudibleMsP50.toFixed(0)} ms`,
    ...stages.map((stage) => `${(figure.stageMsPerFrame[stage] ?? 0).toFixed(1)} ms`),
  ]);
  return [
    `${info.variant} ${info.size}, ${info.precision} on ${info.device}, ${frames} frames a stream`,
    `loaded in ${(loadMs / 1000).toFixed(1)} s; memory ${mebibytes(loadedBytes)} MiB loaded, ` +
      `${mebibytes(peakBytes())} MiB at its peak; ` +
      `${(100 * idle).toFixed(2)} % of a core while idle`,
    "",
    formatTable(header, rows),
    "",
    "RTF: wall seconds for a second of audio of one stream. Audible: above -50 dB of full scale. Stages: for each frame.",
  ].join("\n");
}

function benchObject(results: Results, { frames, threads }: BenchOptions) {
  const { info, loadMs, loadedBytes, idle, figures } = results;
  return {
    variant: info.variant,
    size: info.size,
    precision: info.precision,
    device: info.device,
    threads,
    frames,
    load_ms: loadMs,
    loaded_bytes: loadedBytes,
    peak_bytes: peakBytes(),
    idle_core_share: idle,
    streams: figures.map((figure) => ({
      streams: figure.streams,
      real_time_factor: figure.realTimeFactor,
      audio_seconds_per_second: figure.audioSecondsPerSecond,
      first_audio_ms_p50: figure.firstAudioMsP50,
      first_audio_ms_p95: figure.firstAudioMsP95,
      first_audible_ms_p50: figure.firstAudibleMsP50,
      first_audible_ms_p95: figure.firstAudibleMsP95,
      stage_ms_per_frame: figure.stageMsPerFrame,
    })),
  };
}
