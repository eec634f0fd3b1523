// `qwen-tts voices …` as the process it is.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testRecording, wavOf } from "../src/testing/recordings.ts";
import { runCli } from "./cli-process.ts";

const root = mkdtempSync(join(tmpdir(), "cli-voices-"));
const file = (name: string): string => join(root, name);
afterAll(() => rmSync(root, { recursive: true }));

/** One line and an exit code, and nothing half done. */
async function voices(...args: string[]) {
  const env = { XDG_DATA_HOME: file("data"), QWEN_TTS_VOICES: "", NODE_NO_WARNINGS: "1" };
  const { out, err, code } = await runCli(["voices", ...args], { env });
  return { out: out.toString(), err, code };
}

beforeAll(() => writeFileSync(file("me.wav"), wavOf(testRecording())));
const add = (name: string, ...more: string[]) =>
  voices("add", name, "--ref-audio", file("me.wav"), "--consent", "Mine.", ...more);

test("added, listed, exported, removed, imported", async () => {
  expect(await add("Zoë", "--ref-text", "What I say there, word by word.")).toEqual({
    ...{ out: "The voice 'Zoë' is kept (4.5 s).\n", err: "", code: 0 },
  });
  expect((await voices("list")).out).toMatch(/^name .*\nZoë +clone +4\.5 +yes /);
  const [before] = JSON.parse((await voices("list", "--json")).out) as object[];
  expect(before).toMatchObject({ name: "Zoë", consent: "Mine.", source: "upload" });
  expect((await voices("export", "zoë", "--out", file("zoe.voice"))).code).toBe(0);
  expect((await voices("rm", "zoë")).code).toBe(0);
  expect(await voices("rm", "zoë")).toMatchObject({
    code: 1,
    err: expect.stringMatching(/no voice 'zoë'/) as string,
  });
  expect((await voices("import", file("zoe.voice"))).code).toBe(0);
  expect(JSON.parse((await voices("list", "--json")).out)).toEqual([before]);
  expect((await voices("import", file("zoe.voice"), "--name", "Zoë 2")).code).toBe(0);
  expect(readdirSync(file("data/qwen-tts/voices"))).toHaveLength(2);
});

test("wrong arguments: one line that says what is allowed", async () => {
  const wrong: [string[], RegExp][] = [
    [["add", "a"], /--ref-audio is missing/],
    [["add", "a", "--ref-audio", file("me.wav")], /--consent is missing/],
    [["add", "--ref-audio", file("me.wav"), "--consent", "x"], /takes one name, not 0/],
    [["export", "a"], /--out is missing/],
    [["nonsense"], /needs a second word/],
  ];
  const results = await Promise.all(wrong.map(([args]) => voices(...args)));
  for (const [index, { out, err, code }] of results.entries()) {
    const [args, reason] = wrong[index]!;
    expect([out, code], args.join(" ")).toEqual(["", 2]);
    expect(err).toMatch(reason);
    expect(err.trim().split("\n")).toHaveLength(1);
  }
});

test("a place for voices that is none: one line that names it", async () => {
  const env = { QWEN_TTS_VOICES: file("me.wav/voices"), NODE_NO_WARNINGS: "1" };
  const args = ["voices", "add", "a", "--ref-audio", file("me.wav"), "--consent", "Mine."];
  const { err, code } = await runCli(args, { env });
  expect(code).toBe(1);
  expect(err).toMatch(
    /^A file or folder cannot be used: .*me\.wav\/voices'\. Choose another place.*\n$/,
  );
});

test("names that would leave the folder, damaged files, bad recordings: refused with a reason", async () => {
  const tricks = ["..", "/tmp/a", "vivian"].flatMap((name) => [
    add(name),
    voices("rm", name),
    voices("export", name, "--out", file("x.voice")),
  ]);
  for (const result of await Promise.all(tricks))
    expect(result).toMatchObject({ code: 1, out: "" });
  expect(existsSync(file("x.voice"))).toBe(false);
  await add("b");
  await voices("export", "b", "--out", file("b.voice"));
  writeFileSync(file("cut.voice"), readFileSync(file("b.voice")).subarray(0, -1));
  const { err, code } = await voices("import", file("cut.voice"), "--name", "c");
  expect([code, err]).toEqual([1, expect.stringMatching(/cut short or damaged/) as string]);
  writeFileSync(file("short.wav"), wavOf(testRecording({ seconds: 1 })));
  const short = await voices("add", "d", "--ref-audio", file("short.wav"), "--consent", "x");
  expect(short).toMatchObject({ code: 1, err: expect.stringMatching(/at least 3 s/) as string });
});
