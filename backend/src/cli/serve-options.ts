// The command line of the server. In: arguments. Out: settings, or one line that says what is wrong
// and what is allowed.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

export type ServeOptions = {
  host: string;
  port: number;
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

const logLevels = ["trace", "debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

export const serveHelp = `Usage: npm start -- [options]

  --host H               address to listen on (127.0.0.1; 0.0.0.0 for every network)
  --port N               port (8000; 0 takes a free one)
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

/** Wrong arguments; `message` is one line for the terminal. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const argumentTypes = {
  host: { type: "string", default: "127.0.0.1" },
  port: { type: "string", default: "8000" },
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
  const values = readArguments(args);
  if (values.help) return null;
  const rateLimit = values["rate-limit"];
  return {
    host: values.host,
    port: integer("--port", values.port, { min: 0, max: 65535 }),
    apiKeys: values["api-key"].map(checkedKey),
    apiKeyHashes: hashesIn(values["api-key-file"]),
    corsOrigins: values.cors.map(checkedOrigin),
    maxQueue: integer("--max-queue", values["max-queue"], { min: 0, max: 1_000_000 }),
    rateLimitPerMinute:
      rateLimit === undefined
        ? null
        : integer("--rate-limit", rateLimit, { min: 1, max: 1_000_000 }),
    itemTimeoutSeconds: seconds("--item-timeout", values["item-timeout"]),
    maxBatchSeconds: seconds("--max-batch-seconds", values["max-batch-seconds"]),
    readerTimeoutSeconds: seconds("--reader-timeout", values["reader-timeout"]),
    shutdownGraceSeconds: seconds("--shutdown-grace", values["shutdown-grace"]),
    logLevel: checkedLevel(values["log-level"]),
    logText: values["log-text"],
  };
}

function readArguments(args: string[]) {
  try {
    return parseArgs({ args, options: argumentTypes, strict: true, allowPositionals: false })
      .values;
  } catch (error) {
    // parseArgs explains over several sentences; the first one says what is wrong.
    const [sentence] = (error as Error).message.split(". ");
    throw new UsageError(`${sentence ?? ""}. See --help.`);
  }
}

function integer(name: string, value: string, { min, max }: { min: number; max: number }): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= min && number <= max) return number;
  throw new UsageError(`${name} must be an integer from ${min} to ${max}, not '${value}'.`);
}

/** A timer longer than this would fire at once. */
const maxSeconds = 2_000_000;

function seconds(name: string, value: string): number {
  const number = Number(value);
  if (/^\d+(\.\d+)?$/.test(value) && number > 0 && number <= maxSeconds) return number;
  throw new UsageError(
    `${name} must be a number of seconds above 0, up to ${maxSeconds}, not '${value}'.`,
  );
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

function checkedLevel(level: string): LogLevel {
  const found = logLevels.find((known) => known === level);
  if (found !== undefined) return found;
  throw new UsageError(`--log-level must be one of ${logLevels.join(", ")}, not '${level}'.`);
}
