import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import type { VoicePrompt } from "qwen3-tts";
import { testRecording } from "../testing/recordings.ts";
import type { Recording } from "./recording.ts";
import { voiceFolder } from "./voice-name.ts";
import { VoiceStore, type NewVoice } from "./voice-store.ts";

const root = mkdtempSync(join(tmpdir(), "voices-"));
afterAll(() => rmSync(root, { recursive: true }));

let home: string;
let damaged: string[];
let store: VoiceStore;
beforeEach(() => {
  home = mkdtempSync(join(root, "home-"));
  damaged = [];
  store = open();
});

/** As another process or the next start would see it. */
function open(): VoiceStore {
  return new VoiceStore({ home, onDamaged: (folder, reason) => damaged.push(folder + reason) });
}

function newVoice(name: string, changes: Partial<NewVoice> = {}): NewVoice {
  return {
    name,
    kind: "clone",
    source: "upload",
    transcript: null,
    description: null,
    language: null,
    seed: null,
    consent: "mine",
    advice: [],
    recording: testRecording(),
    ...changes,
  };
}

/** Thousands of samples one by one would take the test runner seconds. */
function bytesOf({ samples, sampleRate }: Recording): string {
  return `${sampleRate} ${Buffer.from(samples.buffer).toString("base64")}`;
}

/** As the engine would make it. */
function promptOf(transcript: string | null, embedding = [1, 2]): VoicePrompt {
  const reference = transcript === null ? null : { transcript, codes: [[1, 2]] };
  const json = JSON.stringify({ speakerEmbedding: embedding, reference });
  return { engine: "local", data: Buffer.from(json) };
}

test("a voice is there after a restart as it was kept, every sample of it", async () => {
  const { created, ...kept } = await store.add(newVoice("Zoë", { source: "microphone" }));
  const { recording, ...given } = newVoice("Zoë", { source: "microphone" });
  expect(kept).toEqual({ ...given, seconds: 4, sizes: [], bytes: 44 + 4 * 4 * 24_000 });
  expect(await open().find("ZOE\u0308")).toEqual({ ...kept, created });
  expect(bytesOf(await open().recording("zoë"))).toBe(bytesOf(recording));
  expect(await open().list()).toEqual([{ ...kept, created }]);
});

test("with a transcript it ends with half a second of silence", async () => {
  await store.add(newVoice("a", { transcript: "said" }));
  const { samples, sampleRate } = await store.recording("a");
  expect(samples.subarray(-sampleRate / 2).every((sample) => sample === 0)).toBe(true);
});

test("a name is one voice: the same again is no other, another is refused", async () => {
  const first = await store.add(newVoice("a"));
  expect(await store.add(newVoice("a"))).toEqual(first);
  const other = newVoice("A", { recording: testRecording({ pitch: 200 }) });
  await expect(store.add(other)).rejects.toMatchObject({ code: "conflict" });
  expect(bytesOf(await store.recording("a"))).toBe(bytesOf(testRecording()));
});

test("two at once under one name, from two processes: one of them is kept, whole", async () => {
  const recordings = [testRecording({ pitch: 120 }), testRecording({ pitch: 210 })];
  for (let round = 0; round < 5; round++) {
    const name = `voice ${round}`;
    const results = await Promise.allSettled(
      recordings.map((recording) => open().add(newVoice(name, { recording }))),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const loser = results.find((result) => result.status === "rejected");
    expect(loser!.reason).toMatchObject({ code: "conflict" });
    const winner = results.findIndex(({ status }) => status === "fulfilled");
    expect(bytesOf(await open().recording(name))).toBe(bytesOf(recordings[winner]!));
  }
  expect(readdirSync(home).filter((name) => name.startsWith("."))).toEqual([]);
});

test("no more than a hundred, however many come at once", async () => {
  for (let index = 0; index < 98; index++) mkdirSync(join(home, `voice-${index}`));
  const names = ["a", "b", "c", "d"];
  const results = await Promise.allSettled(names.map((name) => store.add(newVoice(name))));
  const kept = results.filter(({ status }) => status === "fulfilled");
  expect(kept).toHaveLength(2);
  await expect(store.add(newVoice("one more"))).rejects.toThrow(/100 voices already/);
});

test("the hundredth voice can be renamed", async () => {
  await store.add(newVoice("a"));
  for (let index = 0; index < 99; index++) mkdirSync(join(home, `voice-${index}`));
  expect(await store.rename("a", "b")).toMatchObject({ name: "b" });
  await expect(store.rename("b", "c")).resolves.toMatchObject({ name: "c" });
});

test("a prompt is made once for a size, for all who want it at once, and kept", async () => {
  await store.add(newVoice("a"));
  let made = 0;
  const make = (recording: Recording): Promise<VoicePrompt> => {
    made += 1;
    expect(bytesOf(recording)).toBe(bytesOf(testRecording()));
    return Promise.resolve(promptOf(null));
  };
  const prompts = await Promise.all([1, 2, 3].map(() => store.prompt("A", "0.6B", make)));
  prompts.push(await open().prompt("a", "0.6B", make));
  expect(prompts.map((prompt) => Buffer.from(prompt.data).toString())).toEqual(
    prompts.map(() => Buffer.from(promptOf(null).data).toString()),
  );
  expect(made).toBe(1);
  await store.prompt("a", "1.7B", make);
  expect(made).toBe(2);
  expect((await store.get("a")).sizes.sort()).toEqual(["0.6B", "1.7B"]);
});

test("a prompt that is ready when its voice is gone is no prompt of the next one of that name", async () => {
  await store.add(newVoice("a"));
  const old = await store.prompt("a", "0.6B", async () => {
    await store.remove("a");
    await store.add(newVoice("a", { recording: testRecording({ pitch: 200 }) }));
    return promptOf(null, [1]);
  });
  expect(Buffer.from(old.data).toString()).toContain("[1]");
  const own = await store.prompt("a", "0.6B", () => Promise.resolve(promptOf(null, [2])));
  expect(Buffer.from(own.data).toString()).toContain("[2]");
});

test("a prompt that failed is tried again, and a damaged one is made anew", async () => {
  await store.add(newVoice("a"));
  const broken = (): Promise<VoicePrompt> => Promise.reject(new Error("no memory"));
  await expect(store.prompt("a", "0.6B", broken)).rejects.toThrow("no memory");
  await store.prompt("a", "0.6B", () => Promise.resolve(promptOf(null)));
  writeFileSync(join(home, voiceFolder("a"), "prompt-0.6B.json"), '{"speakerEmbedding":[1');
  const again = await store.prompt("a", "0.6B", () => Promise.resolve(promptOf(null, [3])));
  expect(Buffer.from(again.data).toString()).toContain("[3]");
});

test("another transcript: the prompt of the old one is not used again", async () => {
  await store.add(newVoice("a"));
  await store.prompt("a", "0.6B", () => Promise.resolve(promptOf(null)));
  expect((await store.transcribe("a", "said")).transcript).toBe("said");
  expect((await store.recording("a")).samples.length).toBeGreaterThan(4 * 24_000);
  let asked: string | null = null;
  await store.prompt("a", "0.6B", (_recording, transcript) => {
    asked = transcript;
    return Promise.resolve(promptOf(transcript));
  });
  expect(asked).toBe("said");
});

test("another transcript: the advice is on that one, and not on the pause that was added", async () => {
  // 0.7 s of room noise at its end: no advice; with half a second more it would be.
  const { samples, sampleRate } = testRecording({ seconds: 12 });
  const recording = { samples: samples.slice(), sampleRate };
  for (let at = samples.length - 0.7 * sampleRate; at < samples.length; at++) {
    recording.samples[at] = 1e-4 * (at % 2 === 0 ? 1 : -1);
  }
  await store.add(newVoice("a", { recording, transcript: "Hello.", advice: ["old"] }));
  expect((await store.transcribe("a", "Hello.")).advice).toEqual([
    expect.stringMatching(/transcript seems too short/) as string,
  ]);
  expect((await store.transcribe("a", "word ".repeat(30).trim())).advice).toEqual([]);
  expect((await store.transcribe("a", null)).advice).toEqual([]);
});

test("renamed: all of it goes along; never onto another voice", async () => {
  await store.add(newVoice("a"));
  await store.prompt("a", "0.6B", () => Promise.resolve(promptOf(null)));
  await store.add(newVoice("b", { recording: testRecording({ pitch: 200 }) }));
  await expect(store.rename("a", "B")).rejects.toMatchObject({ code: "conflict" });
  expect(await store.rename("a", "A")).toMatchObject({ name: "A", sizes: ["0.6B"] });
  expect(await store.rename("A", "c")).toMatchObject({ name: "c", sizes: ["0.6B"] });
  expect((await store.list()).map(({ name }) => name)).toEqual(["b", "c"]);
});

test("exported, removed, imported: the same voice to the last byte", async () => {
  await store.add(newVoice("a", { transcript: "said", consent: "Ein Satz." }));
  await store.prompt("a", "0.6B", () => Promise.resolve(promptOf("said")));
  const before = await store.get("a");
  const reference = await store.reference("a");
  const file = await store.export("a");
  await store.remove("a");
  expect(await store.find("a")).toBeUndefined();
  await expect(store.remove("a")).rejects.toMatchObject({ code: "not_found" });
  expect(await store.import(file)).toEqual(before);
  expect(reference.equals(await store.reference("a"))).toBe(true);
  expect(await store.import(file, { name: "b" })).toMatchObject({ name: "b", sizes: ["0.6B"] });
});

test("what cannot be read is passed over, told of once, and can be removed", async () => {
  await store.add(newVoice("a"));
  await store.add(newVoice("b"));
  const file = join(home, voiceFolder("a"), "voice.json");
  writeFileSync(file, readFileSync(file, "utf8").replace('"mine"', '""'));
  expect((await store.list()).map(({ name }) => name)).toEqual(["b"]);
  await store.list();
  expect(damaged).toHaveLength(1);
  expect(damaged[0]).toContain("consent");
  await expect(store.find("a")).rejects.toMatchObject({ code: "invalid_request" });
  await expect(store.add(newVoice("a"))).rejects.toMatchObject({ code: "conflict" });
  await store.remove("a");
  await store.add(newVoice("a"));
});

test.each(["a folder", "a link to itself"])(
  "a voice whose file is %s hides no other",
  async (what) => {
    await store.add(newVoice("a"));
    await store.add(newVoice("b"));
    const file = join(home, voiceFolder("a"), "voice.json");
    rmSync(file);
    if (what === "a folder") mkdirSync(file);
    else symlinkSync("voice.json", file);
    expect((await store.list()).map(({ name }) => name)).toEqual(["b"]);
    expect(damaged).toHaveLength(1);
  },
);

test("what does not fit into a voice is refused before it is kept", async () => {
  const long = newVoice("a", { consent: "x".repeat(501) });
  await expect(store.add(long)).rejects.toThrow(/consent/);
  await expect(store.add(newVoice("../a"))).rejects.toThrow(/cannot be the name/);
  expect(readdirSync(home)).toEqual([]);
});
