// The command line of the server. In: arguments. Out: settings, or one line that says what is wrong
// and what is allowed.
import { readFileSync } from "node:fs";
import {
  bytes,
  integer,
  oneOf,
  optional,
  positive,
  readArguments,
  required,
  UsageError,
  type ArgumentValues,
} from "./arguments.ts";
import {
  checkedPositions,
  checkedDevice,
  checkedPrecision,
  checkedRows,
  checkedThreads,
  defaultDevice,
  defaultPrecision,
} from "./model-arguments.ts";
import {
  defaultRunawayLimits,
  type DeviceChoice,
  type Precision,
  type RunawayLimits,
} from "qwen3-tts";

export type ServeOptions = {
  host: string;
  port: number;
  engine: EngineChoice;
  /** Checkpoint folders, before what is in the cache of Hugging Face. */
  models: string[];
  precision: Precision;
  device: DeviceChoice;
  /** Null leaves the choice to the engine. */
  threads: number | null;
  rows: number | null;
  positions: number | null;
  runaway: Partial<RunawayLimits>;
  /** For all models that are loaded together; null: what the machine has to spare. */
  memoryBudgetBytes: number | null;
  /** Null: a model that nobody uses stays until its memory is needed. */
  idleUnloadSeconds: number | null;
  offline: boolean;
  apiKeys: string[];
  /** SHA-256 hashes, hexadecimal. */
  apiKeyHashes: string[];
  corsOrigins: string[];
  maxQueue: number;
  rateLimitPerMinute: number | null;
  itemTimeoutSeconds: number;
  maxBatchSeconds: number;
  readerTimeoutSeconds: number;
  shutdownGraceSeconds: number;
  logLevel: LogLevel;
  logText: boolean;
};

/** `auto`: the local engine where there is a checkpoint, else the preview voice. */
const engineChoices = ["auto", "local", "preview"] as const;
export type EngineChoice = (typeof engineChoices)[number];

const logLevels = ["trace", "debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

export const serveHelp = `Usage: qwen-tts [serve] [options]          (the same: npm start -- [options])
       qwen-tts COMMAND --help             speak, codec decode, codec encode, speaker-embedding,
                                           bench, model inspect, model verify,
                                           download, models, models rm

  --host H               address to listen on (127.0.0.1; 0.0.0.0 for every network)
  --port N               port (8000; 0 takes a free one)
  --model DIR            folder of a Qwen3-TTS checkpoint; may be repeated; those in the Hugging
                         Face cache come after it
  --precision P          f32, int8 or int4 (int8)
  --device D             cpu, cuda, webgpu, coreml, dml or auto (cpu)
  --engine E             auto, local or preview (auto: the preview voice without a checkpoint)
  --threads N            threads of the engine (as many as cores)
  --rows N               requests that the engine advances at once (chosen by the engine)
  --max-positions N      positions (prompt and frames) that requests may hold in memory, the longest
                         counted for each that is advanced; more wait (no limit but --rows)
  --runaway-silence S    seconds of silence that end a clip as a runaway (4)
  --runaway-hum S        seconds of a sound that does not change (3)
  --runaway-loop S       seconds of the same frames again and again (4)
  --memory-budget SIZE   memory for all loaded models, as 6G or 900M (three quarters of the machine's)
  --idle-unload S        seconds until a model that nobody uses is unloaded (when its memory is
                         needed for another)
  --offline              never use the network
  --api-key K            ask for this key; may be repeated
  --api-key-file F       a SHA-256 hash of a key on each line
  --cors ORIGIN          let pages of this origin call; may be repeated
  --max-queue N          requests that may wait (100)
  --rate-limit N         requests a minute for each key or address (no limit)
  --item-timeout S       seconds for an item of a batch (120)
  --max-batch-seconds S  seconds of audio in a batch (21600)
  --reader-timeout S     seconds until a client that takes nothing is cut (120)
  --shutdown-grace S     seconds for running requests at the end (10)
  --log-level L          ${logLevels.join(", ")} (info)
  --log-text             log the texts of requests too
  --help                 show this`;

const argumentTypes = {
  host: { type: "string", default: "127.0.0.1" },
  port: { type: "string", default: "8000" },
  engine: { type: "string", default: "auto" },
  model: { type: "string", multiple: true, default: [] as string[] },
  precision: { type: "string", default: defaultPrecision },
  device: { type: "string", default: defaultDevice },
  threads: { type: "string" },
  rows: { type: "string" },
  "max-positions": { type: "string" },
  "runaway-silence": { type: "string", default: String(defaultRunawayLimits.silenceSeconds) },
  "runaway-hum": { type: "string", default: String(defaultRunawayLimits.humSeconds) },
  "runaway-loop": { type: "string", default: String(defaultRunawayLimits.loopSeconds) },
  "memory-budget": { type: "string" },
  "idle-unload": { type: "string" },
  offline: { type: "boolean", default: false },
  "api-key": { type: "string", multiple: true, default: [] as string[] },
  "api-key-file": { type: "string" },
  cors: { type: "string", multiple: true, default: [] as string[] },
  "max-queue": { type: "string", default: "100" },
  "rate-limit": { type: "string" },
  "item-timeout": { type: "string", default: "120" },
  "max-batch-seconds": { type: "string", default: "21600" },
  "reader-timeout": { type: "string", default: "120" },
  "shutdown-grace": { type: "string", default: "10" },
  "log-level": { type: "string", default: "info" },
  "log-text": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** @throws UsageError. Null: `--help` was asked for. */
export function parseServeOptions(args: string[]): ServeOptions | null {
  const values = readArguments(args, argumentTypes);
  if (values.help) return null;
  return {
    host: values.host,
    port: integer("--port", values.port, { min: 0, max: 65535 }),
    ...engineOptions(values),
    apiKeys: values["api-key"].map(checkedKey),
    apiKeyHashes: hashesIn(values["api-key-file"]),
    corsOrigins: values.cors.map(checkedOrigin),
    maxQueue: integer("--max-queue", values["max-queue"], { min: 0, max: 1_000_000 }),
    rateLimitPerMinute: optional(values["rate-limit"], (value) =>
      integer("--rate-limit", value, { min: 1, max: 1_000_000 }),
    ),
    itemTimeoutSeconds: seconds("--item-timeout", values["item-timeout"]),
    maxBatchSeconds: seconds("--max-batch-seconds", values["max-batch-seconds"]),
    readerTimeoutSeconds: seconds("--reader-timeout", values["reader-timeout"]),
    shutdownGraceSeconds: seconds("--shutdown-grace", values["shutdown-grace"]),
    logLevel: oneOf("--log-level", values["log-level"], logLevels),
    logText: values["log-text"],
  };
}

type EngineValues = ArgumentValues<typeof argumentTypes>;

function engineOptions(values: EngineValues) {
  const engine = oneOf("--engine", values.engine, engineChoices);
  if (engine === "preview" && values.model.length > 0) {
    throw new UsageError("--model cannot be used with --engine preview, which has its own voice.");
  }
  return {
    engine,
    models: values.model.map((folder) => required("--model", folder)),
    precision: checkedPrecision(values.precision),
    device: checkedDevice(values.device),
    threads: optional(values.threads, checkedThreads),
    rows: optional(values.rows, checkedRows),
    positions: optional(values["max-positions"], checkedPositions),
    runaway: {
      silenceSeconds: seconds("--runaway-silence", values["runaway-silence"]),
      humSeconds: seconds("--runaway-hum", values["runaway-hum"]),
      loopSeconds: seconds("--runaway-loop", values["runaway-loop"]),
    },
    memoryBudgetBytes: optional(values["memory-budget"], (value) =>
      bytes("--memory-budget", value),
    ),
    idleUnloadSeconds: optional(values["idle-unload"], (value) => seconds("--idle-unload", value)),
    offline: values.offline,
  };
}

/** A timer longer than this would fire at once. */
const maxSeconds = 2_000_000;

function seconds(name: string, value: string): number {
  return positive(name, value, { max: maxSeconds, what: "a number of seconds" });
}

function checkedKey(key: string): string {
  if (key.trim() === key && key.length > 0) return key;
  throw new UsageError("--api-key must not be empty or have spaces around it.");
}

function hashesIn(file: string | undefined): string[] {
  if (file === undefined) return [];
  const lines = readKeyFile(file)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const wrong = lines.findIndex((line) => !/^[0-9a-f]{64}$/i.test(line));
  if (wrong >= 0) {
    throw new UsageError(
      `--api-key-file: line ${wrong + 1} is no SHA-256 hash of 64 hexadecimal digits.`,
    );
  }
  if (lines.length === 0) throw new UsageError(`--api-key-file: ${file} has no hash in it.`);
  return lines;
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new UsageError(`--api-key-file: ${file} cannot be read.`);
  }
}

function checkedOrigin(origin: string): string {
  if (origin === "*" || (URL.canParse(origin) && new URL(origin).origin === origin)) return origin;
  throw new UsageError(
    `--cors must be * or an origin such as https://example.com, not '${origin}'.`,
  );
}
