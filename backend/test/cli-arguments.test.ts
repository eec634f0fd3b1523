// The program as a process, without a model: exit codes, one line for what is wrong, help for everything.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "./cli-process.ts";

let empty: string;
beforeAll(() => {
  empty = mkdtempSync(join(tmpdir(), "cli-"));
});
afterAll(() => rmSync(empty, { recursive: true }));

test.concurrent.each([
  "speak --text",
  "speak --text a",
  "speak --text a --out - --json",
  "codec",
  "sing",
  "bench --model m --streams 0",
  "model inspect",
])("'%s': one line, exit code 2", async (line) => {
  const { out, err, code } = await runCli(line.split(" "));
  expect(code).toBe(2);
  expect(out).toHaveLength(0);
  expect(err.trim().split("\n")).toHaveLength(1);
});

test("without any checkpoint: one line that says how to get one, exit code 1", async () => {
  const env = {
    HF_HOME: empty,
    HF_HUB_CACHE: "",
    HUGGINGFACE_HUB_CACHE: "",
    XDG_CACHE_HOME: empty,
  };
  const { err, code } = await runCli(["speak", "--text", "a", "--out", join(empty, "a")], { env });
  expect(code).toBe(1);
  expect(err).toMatch(/^No Qwen3-TTS checkpoint was found\..*--model DIR.*\n$/);
});

test("--help of a command is its own", async () => {
  const { out, code } = await runCli(["codec", "decode", "--help"]);
  expect(code).toBe(0);
  expect(out.toString()).toMatch(/^Usage: qwen-tts codec decode --model DIR/);
});
