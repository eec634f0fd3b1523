// The command line: its defaults, every option, and one line for whatever is wrong.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UsageError } from "./arguments.ts";
import { parseServeOptions, serveHelp } from "./serve-options.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "serve-options-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function refusal(...args: string[]): string {
  try {
    parseServeOptions(args);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    const { message } = error as UsageError;
    expect(message).not.toContain("\n");
    return message;
  }
  throw new Error(`Taken: ${args.join(" ")}`);
}

function keyFile(text: string): string {
  const file = join(folder, "keys");
  writeFileSync(file, text);
  return file;
}

test("without arguments: this machine only, port 8000, no keys, bounded in everything", () => {
  expect(parseServeOptions([])).toEqual({
    host: "127.0.0.1",
    port: 8000,
    engine: "auto",
    models: [],
    precision: "int8",
    device: "cpu",
    threads: null,
    rows: null,
    positions: null,
    runaway: { silenceSeconds: 4, humSeconds: 3, loopSeconds: 4 },
    memoryBudgetBytes: null,
    idleUnloadSeconds: null,
    offline: false,
    apiKeys: [],
    apiKeyHashes: [],
    corsOrigins: [],
    maxQueue: 100,
    rateLimitPerMinute: null,
    itemTimeoutSeconds: 120,
    maxBatchSeconds: 21_600,
    readerTimeoutSeconds: 120,
    shutdownGraceSeconds: 10,
    logLevel: "info",
    logText: false,
  });
});

test("every option arrives", () => {
  const args =
    "--host 0.0.0.0 --port 0 --engine local --model a --model b --precision f32 --device cuda --threads 2 " +
    "--rows 4 --max-positions 20000 --runaway-silence 6 --runaway-hum 5 --runaway-loop 2.5 " +
    "--memory-budget 1.5G --idle-unload 600 " +
    "--offline --api-key one --api-key two --cors https://a.example --cors * " +
    "--max-queue 0 --rate-limit 60 --item-timeout 0.5 --max-batch-seconds 600 " +
    "--reader-timeout 90 --shutdown-grace 30 --log-level silent --log-text";
  expect(parseServeOptions(args.split(" "))).toEqual({
    host: "0.0.0.0",
    port: 0,
    engine: "local",
    models: ["a", "b"],
    precision: "f32",
    device: "cuda",
    threads: 2,
    rows: 4,
    positions: 20_000,
    runaway: { silenceSeconds: 6, humSeconds: 5, loopSeconds: 2.5 },
    memoryBudgetBytes: 1_500_000_000,
    idleUnloadSeconds: 600,
    offline: true,
    apiKeys: ["one", "two"],
    apiKeyHashes: [],
    corsOrigins: ["https://a.example", "*"],
    maxQueue: 0,
    rateLimitPerMinute: 60,
    itemTimeoutSeconds: 0.5,
    maxBatchSeconds: 600,
    readerTimeoutSeconds: 90,
    shutdownGraceSeconds: 30,
    logLevel: "silent",
    logText: true,
  });
});

test("--help is asked for by name, and lists every option that is taken", () => {
  expect(parseServeOptions(["--help"])).toBeNull();
  const listed = [...serveHelp.matchAll(/^ {2}(--[a-z-]+)( \S+)? {2}/gm)].map((match) => match[1]!);
  expect(listed).toHaveLength(27);
  for (const option of listed) {
    if (["--log-text", "--offline", "--help"].includes(option)) parseServeOptions([option]);
    else expect(refusal(option)).toMatch(/argument missing|needs a value/);
  }
});

test.each([
  [["--port", "65536"], "--port must be an integer from 0 to 65535, not '65536'."],
  [["--port", "8e3"], "--port must be an integer"],
  [["--port="], "--port must be an integer"],
  [["--max-positions", "100"], "--max-positions must be an integer from 256 to 100000000"],
  [["--max-queue", "1.5"], "--max-queue must be an integer from 0 to 1000000, not '1.5'."],
  [["--rate-limit", "0"], "--rate-limit must be an integer from 1"],
  [["--item-timeout", "0"], "--item-timeout must be a number of seconds above 0"],
  [["--item-timeout", "9999999"], "up to 2000000, not '9999999'"],
  [["--max-batch-seconds", "soon"], "--max-batch-seconds must be a number of seconds"],
  [["--shutdown-grace=-1"], "--shutdown-grace must be a number of seconds"],
  [["--api-key", " "], "--api-key must not be empty"],
  [["--cors", "example.com"], "--cors must be * or an origin such as https://example.com"],
  [["--cors", "https://example.com/page"], "not 'https://example.com/page'"],
  [["--log-level", "loud"], "--log-level must be one of trace, debug, info"],
  [["--precision", "fp16"], "--precision must be one of f32, int8, int4, not 'fp16'."],
  [["--engine", "remote"], "--engine must be one of auto, local, preview, not 'remote'."],
  [["--engine", "preview", "--model", "x"], "--model cannot be used with --engine preview"],
  [["--model="], "--model is missing"],
  [["--threads", "0"], "--threads must be an integer from 1"],
  [["--runaway-hum", "0"], "--runaway-hum must be a number of seconds above 0"],
  [["--memory-budget", "6"], "--memory-budget must be a size such as 6G or 900M, not '6'."],
  [["--memory-budget", "0G"], "--memory-budget must be a size"],
  [["--idle-unload", "0"], "--idle-unload must be a number of seconds above 0"],
  [["--rows", "many"], "--rows must be an integer from 1"],
  [["--prot", "1"], "Unknown option '--prot'. See --help."],
  [["serve"], "serve"],
  [["--api-key-file", "/missing"], "--api-key-file: /missing cannot be read."],
])("%s is refused in one line", (args, words) => {
  expect(refusal(...args)).toContain(words);
});

test("a key file has a hash on each line; comments and empty lines do not count", () => {
  const [one, two] = ["0a".repeat(32), "F".repeat(64)];
  const file = keyFile(`# team\n${one}\n\n  ${two}  \n`);
  expect(parseServeOptions(["--api-key-file", file])?.apiKeyHashes).toEqual([one, two]);
});

test("a key file that holds a key instead of its hash is refused by line, without the key", () => {
  const message = refusal("--api-key-file", keyFile(`${"ab".repeat(32)}\nmy-secret\n`));
  expect(message).toMatch(/line 2 is no SHA-256 hash/);
  expect(message).not.toContain("my-secret");
});

test("a key file without any hash would leave the server open: it is refused", () => {
  expect(refusal("--api-key-file", keyFile("# none yet\n"))).toMatch(/has no hash in it/);
});
