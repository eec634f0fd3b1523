// Files that appear whole or not at all, and the WAV that is written into them.
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UsageError } from "./arguments.ts";
import { openOutput, writeText, type Output } from "./output.ts";
import { createWavOutput } from "./wav-output.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "output-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (name: string): Promise<Output> =>
  openOutput("--out", join(folder, name), new AbortController().signal);

test("until it is complete a file has its old content, then the new one, and nothing is left", async () => {
  writeFileSync(join(folder, "a"), "old");
  const output = await open("a");
  await output.write(Buffer.from("neu "));
  await output.write(Buffer.from("er"));
  await output.rewriteStart?.(Buffer.from("new"));
  expect(readFileSync(join(folder, "a"), "utf8")).toBe("old");
  await output.complete();
  expect(readFileSync(join(folder, "a"), "utf8")).toBe("new er");
  expect(readdirSync(folder)).toEqual(["a"]);
});

test("what is not completed is removed when the process ends", async () => {
  const before = process.listeners("exit");
  const output = await open("a");
  await output.write(Buffer.from("half"));
  expect(readdirSync(folder)).toHaveLength(1);
  const [discard, ...others] = process.listeners("exit").filter((one) => !before.includes(one));
  expect(others).toEqual([]);
  discard?.(0);
  process.off("exit", discard!);
  expect(readdirSync(folder)).toEqual([]);
  await expect(output.complete()).rejects.toThrow("ENOENT");
});

test("a link stays one: the file it leads to is written", async () => {
  writeFileSync(join(folder, "file"), "old");
  symlinkSync("file", join(folder, "link"));
  await writeText(await open("link"), "new");
  expect(lstatSync(join(folder, "link")).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(folder, "file"), "utf8")).toBe("new");
});

test("a device is written into, never replaced", async () => {
  const output = await openOutput("--out", "/dev/null", new AbortController().signal);
  expect(output.rewriteStart).toBeNull();
  await writeText(output, "away");
  expect(lstatSync("/dev/null").isCharacterDevice()).toBe(true);
});

test.each([
  ["", "it is a folder"],
  ["missing/a", "there is no such file or folder"],
])("'%s' is refused before any work", async (name, words) => {
  await expect(open(name)).rejects.toThrow(UsageError);
  await expect(open(name)).rejects.toThrow(`cannot be written: ${words}.`);
});

test.each([
  ["s16", 2],
  ["f32", 4],
] as const)("a %s WAV file has the sizes that came out in the end", async (format, sampleBytes) => {
  const output = await open("a.wav");
  const wav = createWavOutput(output, { sampleRate: 24_000, sampleFormat: format });
  await wav.push(new Float32Array(10));
  await wav.push(new Float32Array(5));
  await wav.complete();
  const file = readFileSync(join(folder, "a.wav"));
  expect(file).toHaveLength(44 + 15 * sampleBytes);
  expect(file.readUInt32LE(4)).toBe(file.length - 8);
  expect(file.readUInt32LE(40)).toBe(15 * sampleBytes);
});

test("without any sample the WAV file is still one", async () => {
  const wav = createWavOutput(await open("a.wav"), { sampleRate: 24_000, sampleFormat: "s16" });
  await wav.complete();
  expect(readFileSync(join(folder, "a.wav")).readUInt32LE(40)).toBe(0);
});
