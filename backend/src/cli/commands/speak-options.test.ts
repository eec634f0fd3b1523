// The arguments of `speak`: what comes out of good lines, and one line for whatever is wrong.
import { expect, test } from "vitest";
import { UsageError } from "../arguments.ts";
import { parseSpeakOptions, speakHelp } from "./speak-options.ts";

const enough = ["--text", "Hello.", "--out", "a.wav"];

function refusal(...args: string[]): string {
  try {
    parseSpeakOptions(args);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    const { message } = error as UsageError;
    expect(message).not.toContain("\n");
    return message;
  }
  throw new Error(`Taken: ${args.join(" ")}`);
}

test("what is not given is left to the model and the engine", () => {
  expect(parseSpeakOptions(enough)).toEqual({
    text: { kind: "given", text: "Hello." },
    model: null,
    speaker: null,
    language: null,
    instruct: null,
    reference: null,
    textLayout: null,
    pretokenizer: "qwen",
    precision: "int8",
    device: "cpu",
    threads: null,
    seed: null,
    sampling: {},
    limits: { runawayGuard: true },
    trimLeadingSilence: false,
    out: "a.wav",
    sampleFormat: "s16",
    codesOut: null,
    json: false,
  });
});

test("every option of a clone arrives", () => {
  const args =
    "--text-file t.txt --model m --language German --instruct calmly --ref-audio r.wav " +
    "--ref-text heard --text-layout whole --pretokenizer mistral --precision f32 --device cuda --threads 2 " +
    "--seed 9007199254740991 --temperature 0.5 --top-k 1 --top-p 1 --repetition-penalty 1.2 " +
    "--min-frames 3 --max-frames 3 --runaway-guard off --trim-leading-silence --out - --sample-format f32 " +
    "--codes-out c.json";
  expect(parseSpeakOptions(args.split(" "))).toEqual({
    text: { kind: "file", path: "t.txt" },
    model: "m",
    speaker: null,
    language: "German",
    instruct: "calmly",
    reference: { path: "r.wav", transcript: "heard" },
    textLayout: "whole",
    pretokenizer: "mistral",
    precision: "f32",
    device: "cuda",
    threads: 2,
    seed: Number.MAX_SAFE_INTEGER,
    sampling: { temperature: 0.5, topK: 1, topP: 1, repetitionPenalty: 1.2 },
    limits: { minFrames: 3, maxFrames: 3, runawayGuard: false },
    trimLeadingSilence: true,
    out: "-",
    sampleFormat: "f32",
    codesOut: "c.json",
    json: false,
  });
});

test("without text or file the text comes from standard input", () => {
  expect(parseSpeakOptions(["--out", "a.wav"])?.text).toEqual({ kind: "stdin" });
});

test("greedy takes no draw and has no guard, unless the guard is asked for", () => {
  const greedy = parseSpeakOptions([...enough, "--greedy", "--repetition-penalty", "1"]);
  expect(greedy?.sampling).toEqual({ greedy: true, repetitionPenalty: 1 });
  expect(greedy?.limits).toEqual({ runawayGuard: false });
  const guarded = parseSpeakOptions([...enough, "--greedy", "--runaway-guard", "on"]);
  expect(guarded?.limits).toEqual({ runawayGuard: true });
});

test("a recording without transcript, and with --x-vector-only, gives the timbre alone", () => {
  const expected = { path: "r.wav", transcript: null };
  const recording = [...enough, "--ref-audio", "r.wav"];
  expect(parseSpeakOptions(recording)?.reference).toEqual(expected);
  expect(parseSpeakOptions([...recording, "--x-vector-only"])?.reference).toEqual(expected);
});

test("a value that starts with a dash is given with an equals sign", () => {
  expect(refusal("--text", "-5 degrees", "--out", "a")).toBe(
    "--text needs a value; one that starts with a dash is given as --text=VALUE. See --help.",
  );
  const options = parseSpeakOptions(["--text=-5 degrees", "--out", "a"]);
  expect(options?.text).toEqual({ kind: "given", text: "-5 degrees" });
});

test("--help is asked for by name, and lists every option that is taken", () => {
  expect(parseSpeakOptions(["--help"])).toBeNull();
  const listed = [...speakHelp.matchAll(/^ {2}(--[a-z-]+)( \S+)? {2}/gm)];
  expect(listed).toHaveLength(29);
  for (const [, option, value] of listed) {
    const args = value === undefined ? [option!] : [`${option!}=?`];
    expect(attempt([...enough, ...args])).not.toMatch(/Unknown option/);
  }
});

function attempt(args: string[]): string {
  try {
    parseSpeakOptions(args);
    return "taken";
  } catch (error) {
    return (error as Error).message;
  }
}

test.each([
  [["--text", "a", "--text-file", "b"], "--text and --text-file cannot be used together"],
  [["--ref-text", "a"], "--ref-text needs --ref-audio"],
  [["--x-vector-only"], "--x-vector-only needs --ref-audio"],
  [["--ref-audio", "a", "--ref-text", "b", "--x-vector-only"], "--ref-text and --x-vector-only"],
  [["--ref-audio", "a", "--ref-text", " "], "--ref-text is empty"],
  [["--ref-audio", "a", "--speaker", "Ryan"], "--speaker and --ref-audio"],
  [["--text-layout", "both"], "--text-layout must be one of whole, incremental, not 'both'."],
  [["--pretokenizer", "gpt"], "--pretokenizer must be one of qwen, mistral, not 'gpt'."],
  [["--precision", "int5"], "--precision must be one of f32, int8, int4, not 'int5'."],
  [["--threads", "0"], "--threads must be an integer from 1"],
  [["--seed", "-1"], "--seed needs a value"],
  [["--seed", "9007199254740992"], "--seed must be an integer from 0 to 9007199254740991"],
  [["--temperature", "0"], "--temperature must be a number above 0, up to 100, not '0'."],
  [["--temperature", "warm"], "--temperature must be a number"],
  [["--top-k", "0"], "--top-k must be an integer from 1"],
  [["--top-p", "1.01"], "--top-p must be a number above 0, up to 1, not '1.01'."],
  [["--repetition-penalty", "0"], "--repetition-penalty must be a number above 0"],
  [["--greedy", "--temperature", "1"], "--greedy does not draw"],
  [["--greedy", "--top-k", "1"], "--greedy does not draw"],
  [["--max-frames", "0"], "--max-frames must be an integer from 1"],
  [["--min-frames", "1.5"], "--min-frames must be an integer from 0"],
  [["--min-frames", "5", "--max-frames", "4"], "--min-frames 5 is above --max-frames 4."],
  [["--runaway-guard", "yes"], "--runaway-guard must be one of on, off, not 'yes'."],
  [["--sample-format", "s24"], "--sample-format must be one of s16, f32, not 's24'."],
  [["--json", "--out", "-"], "--json and --out - cannot be used together"],
  [["--codes-out", "-"], "--codes-out must be a file"],
  [["--codes-out", "a.wav"], "--codes-out and --out must be different files."],
  [["--language", ""], "--language is missing"],
  [["--voice", "x"], "Unknown option '--voice'. See --help."],
  [["more"], "Unexpected argument 'more'"],
])("%s is refused in one line", (args, words) => {
  expect(refusal("--out", "a.wav", ...args)).toContain(words);
});

test("without --out there is nowhere to speak to", () => {
  expect(refusal("--text", "a")).toBe("--out is missing. See --help.");
});
