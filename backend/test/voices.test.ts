// /v1/audio/voices over real sockets, with the fake engine, which cannot clone: everything but the speech.
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { damage, seededRandom } from "../src/testing/damage.ts";
import { changeVoice, formOf, importVoice, upload, voicesPath, voiceUrl } from "./voice-client.ts";
import { post, startFakeServer } from "./test-server.ts";
import { exchange } from "./wire.ts";

const root = mkdtempSync(join(tmpdir(), "voices-http-"));
afterAll(() => rmSync(root, { recursive: true }));

let home: string;
let fake: Awaited<ReturnType<typeof startFakeServer>>;
let url: string;
beforeEach(async () => {
  home = join(mkdtempSync(join(root, "data-")), "voices");
  await start();
});
afterEach(() => fake.close());

async function start(): Promise<void> {
  fake = await startFakeServer({}, { voices: home });
  url = fake.url;
}

const answer = async (response: Response | Promise<Response>) => {
  const { status } = await response;
  return { status, body: (await (await response).json()) as Record<string, unknown> };
};

test("vLLM-Omni's fields and answers: upload, list, delete", async () => {
  const made = await answer(
    upload(url, { name: "anna", ref_text: "What I say there.", speaker_description: "Mine" }),
  );
  const voice = {
    ...{ name: "anna", consent: "This is my own voice.", mime_type: "audio/wav" },
    ...{ ref_text: "What I say there.", speaker_description: "Mine" },
    file_size: 44 + 4 * 24_000 * 4.5,
  };
  expect(made).toMatchObject({ status: 200, body: { success: true, voice } });
  const { body } = await answer(fetch(url + voicesPath));
  const [listed] = body.uploaded_voices as [Record<string, unknown>];
  expect(listed).toMatchObject(voice);
  expect(Math.abs(Date.now() / 1000 - Number(listed.created_at))).toBeLessThan(600);
  expect(body.voices).toEqual([...(body.voices as string[]).slice(0, -1), "anna"]);
  expect(body.voices).toContain("Ryan");
  const removed = await answer(fetch(voiceUrl(url, "ANNA"), { method: "DELETE" }));
  expect(removed).toMatchObject({ status: 200, body: { success: true } });
  const again = await answer(fetch(voiceUrl(url, "anna"), { method: "DELETE" }));
  expect(again).toMatchObject({ status: 404, body: { success: false, code: "not_found" } });
  expect(again.body.error).toMatch(/no voice 'anna'/);
});

test("a voice is there after a restart, among the speakers too", async () => {
  await upload(url, { name: "Zoë 小", source: "microphone" });
  const before = await answer(fetch(voiceUrl(url, "zoë 小")));
  expect(before.body).toMatchObject({ kind: "clone", source: "microphone", transcript: null });
  await fake.close();
  await start();
  expect(await answer(fetch(voiceUrl(url, "ZOË 小")))).toEqual(before);
  const { body } = await answer(fetch(`${url}/speakers`));
  expect((body.speakers as object[]).at(-1)).toEqual({
    ...{ name: "Zoë 小", description: "Cloned voice", native_language: "Auto", kind: "voice" },
  });
});

test("who names a speaker that there is not is told of kept voices too", async () => {
  await upload(url, { name: "Zoë" });
  const wrong = { text: "x", speaker: "Bob" };
  const { status, body } = await answer(post(`${url}/tts`, wrong));
  expect(status).toBe(400);
  expect(body).toMatchObject({
    code: "unknown_speaker",
    detail: expect.stringMatching(/'Bob'\. Available speakers: .*Ryan.*, Zoë\.$/) as string,
  });
  expect((body.available as string[]).at(-1)).toBe("Zoë");
  const batch = await answer(post(`${url}/tts/batch`, { requests: [{ text: "x" }, wrong] }));
  expect(batch.body.results).toMatchObject([
    { success: true },
    { error: expect.stringMatching(/Zoë/) as string },
  ]);
});

test("the longest name there can be finds its voice", async () => {
  const name = "𝒜".repeat(64);
  expect((await upload(url, { name })).status).toBe(200);
  expect(await answer(fetch(voiceUrl(url, name)))).toMatchObject({ status: 200, body: { name } });
});

test("the reference, an export and its import", async () => {
  await upload(url, { name: "a" });
  const audio = await fetch(voiceUrl(url, "a", "/audio"));
  expect(audio.headers.get("Content-Type")).toBe("audio/wav");
  const reference = Buffer.from(await audio.arrayBuffer());
  const exported = await fetch(voiceUrl(url, "a", "/export"));
  expect(exported.headers.get("Content-Type")).toBe("application/octet-stream");
  expect(exported.headers.get("Content-Disposition")).toMatch(
    /^attachment; filename="[a-z0-9-]+\.voice"$/,
  );
  const file = Buffer.from(await exported.arrayBuffer());
  const before = await answer(fetch(voiceUrl(url, "a")));
  await fetch(voiceUrl(url, "a"), { method: "DELETE" });
  expect(await answer(importVoice(url, file))).toEqual({
    status: 200,
    body: { success: true, voice: before.body },
  });
  const again = Buffer.from(await (await fetch(voiceUrl(url, "a", "/audio"))).arrayBuffer());
  expect(again.equals(reference)).toBe(true);
  expect(await answer(importVoice(url, file, { name: "b" }))).toMatchObject({ status: 200 });
});

test("renamed, and given a transcript", async () => {
  const patch = (name: string, body: object) => answer(changeVoice(url, name, body));
  await upload(url, { name: "a" });
  await upload(url, { name: "b" }, { pitch: 200 });
  expect(await patch("a", { name: "c", transcript: " said " })).toMatchObject({
    status: 200,
    body: { name: "c", transcript: "said", seconds: 4.5 },
  });
  expect(await patch("c", { name: "B" })).toMatchObject({
    status: 409,
    body: { code: "conflict" },
  });
  expect(await patch("c", { name: "b", transcript: "other" })).toMatchObject({ status: 409 });
  expect(await answer(fetch(voiceUrl(url, "c")))).toMatchObject({ body: { transcript: "said" } });
  expect(await patch("a", { name: "d" })).toMatchObject({ status: 404 });
  expect(await patch("c", { name: "Ryan" })).toMatchObject({ status: 400 });
  expect(await patch("c", { consent: "none" })).toMatchObject({ status: 400 });
});

test("a recording is checked before it is kept", async () => {
  const check = async (bytes: Uint8Array) => {
    const body = formOf({}, { field: "audio_sample", bytes });
    return answer(fetch(`${url}${voicesPath}/check`, { method: "POST", body }));
  };
  expect(await check(Buffer.from("OggS"))).toMatchObject({
    status: 200,
    body: { ok: false, seconds: 0, error: expect.stringContaining("an Ogg file") as string },
  });
  const quiet = await upload(url, { name: "a" }, { gain: 0.01 });
  const { body } = await answer(quiet);
  expect((body.voice as { advice: string[] }).advice).toEqual([
    expect.stringMatching(/^It is quiet/) as string,
  ]);
});

const tooLarge = Buffer.alloc(10_000_001);
test.each<[string, number, RegExp, () => Promise<Response>]>([
  ["no form", 415, /multipart/, () => post(url + voicesPath, { name: "a" })],
  ["no file", 400, /'audio_sample' is missing/, () => sendForm({ name: "a", consent: "x" })],
  ["no name", 400, /'name' is missing/, () => upload(url, {})],
  [
    "no consent",
    400,
    /'consent' is missing: say who/,
    () => upload(url, { name: "a", consent: " " }),
  ],
  ["an unknown field", 400, /'nmae' is unknown/, () => upload(url, { name: "a", nmae: "a" })],
  ["a wrong source", 400, /'source' must be/, () => upload(url, { name: "a", source: "x" })],
  ["too long", 400, /at most 30 s/, () => upload(url, { name: "a" }, { seconds: 31 })],
  ["too large", 413, /more than 10 MB/, () => upload(url, { name: "a" }, tooLarge)],
  ["a speaker's name", 400, /name of a speaker/, () => upload(url, { name: "vivian" })],
  [
    "a long transcript",
    400,
    /1001 characters/,
    () => upload(url, { name: "a", ref_text: "x".repeat(1001) }),
  ],
  ["no voice file", 400, /none that 'export' made/, () => importVoice(url, Buffer.from("hello"))],
  [
    "design without consent",
    400,
    /consent/,
    () => design({ name: "a", voice_description: "deep" }),
  ],
  [
    "design without a model",
    400,
    /VoiceDesign/,
    () => design({ name: "a", voice_description: "deep", consent: "x" }),
  ],
])("refused with a reason: %s", async (_name, status, reason, send) => {
  const refused = await answer(send());
  expect(refused.status).toBe(status);
  expect(refused.body.detail).toMatch(reason);
  expect((await answer(upload(url, { name: "good" }))).status).toBe(200);
});

function sendForm(fields: Record<string, string>): Promise<Response> {
  return fetch(url + voicesPath, { method: "POST", body: formOf(fields) });
}

function design(body: object): Promise<Response> {
  return post(`${url}${voicesPath}/design`, body);
}

test("a form that breaks off, or is none: refused, and the server goes on", async () => {
  const head = (length: number) =>
    `POST ${voicesPath} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${length}\r\n` +
    "Content-Type: multipart/form-data; boundary=x\r\n\r\n";
  for (const body of [
    "",
    "--x",
    "--x\r\n\r\n\r\n--x--",
    "junk",
    '--x\r\nContent-Disposition: form-data; name="audio_sample"; filename="a"\r\n\r\nabc',
  ]) {
    const { bytes } = await exchange(url, head(body.length) + body);
    expect(bytes.toString(), JSON.stringify(body)).toMatch(/^HTTP\/1\.1 400 /);
  }
  expect((await answer(upload(url, { name: "good" }))).status).toBe(200);
});

test("two uploads under one name at once: one is kept whole, the other is told", async () => {
  const answers = await Promise.all([
    answer(upload(url, { name: "a" }, { pitch: 120 })),
    answer(upload(url, { name: "A" }, { pitch: 210 })),
  ]);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
  expect(readdirSync(home)).toHaveLength(1);
});

const tricks = [
  "..",
  "../secret",
  "..\\secret",
  "/etc/passwd",
  "a/../../b",
  "a\0",
  ".",
  "%2e%2e",
  "C:\\x",
];

test("names that would leave the folder find nothing and make nothing, on any route", async () => {
  const { status } = await upload(url, { name: "a" });
  expect(status).toBe(200);
  const file = Buffer.from(await (await fetch(voiceUrl(url, "a", "/export"))).arrayBuffer());
  for (const name of tricks) {
    expect((await upload(url, { name })).status, name).toBe(400);
    expect((await importVoice(url, file, { name })).status, name).toBe(400);
    expect((await design({ name, voice_description: "x", consent: "x" })).status, name).toBe(400);
    expect((await changeVoice(url, "a", { name })).status, name).toBe(400);
    expect((await post(`${url}/tts`, { text: "x", speaker: name })).status, name).toBe(400);
    const encoded = Array.from(
      Buffer.from(name),
      (byte) => `%${byte.toString(16).padStart(2, "0")}`,
    );
    for (const [method, rest] of [
      ["GET", ""],
      ["DELETE", ""],
      ["GET", "/audio"],
      ["GET", "/export"],
    ] as const) {
      const path = `${voicesPath}/${encoded.join("")}${rest}`;
      const { bytes } = await exchange(
        url,
        `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      expect(bytes.toString(), `${method} ${path}`).toMatch(/^HTTP\/1\.1 404 /);
    }
  }
  expect(readdirSync(home)).toHaveLength(1);
  expect(readdirSync(join(home, ".."))).toEqual(["voices"]);
});

test("damaged files by the dozen: each is refused with a reason, and the server goes on", async () => {
  await upload(url, { name: "a" }, { seconds: 3, sampleRate: 8_000 });
  const file = Buffer.from(await (await fetch(voiceUrl(url, "a", "/export"))).arrayBuffer());
  const random = seededRandom(3);
  for (let round = 0; round < 50; round++) {
    const refused = await answer(importVoice(url, damage(file, random), { name: `v${round}` }));
    expect(refused, `round ${round}`).toMatchObject({ status: 400 });
    expect(refused.body.detail).toMatch(/no voice that can be used/);
  }
  expect((await importVoice(url, file, { name: "b" })).status).toBe(200);
  expect(readdirSync(home)).toHaveLength(2);
});

test("spoken with by a model that cannot clone: refused with the remedy, one by one in a batch", async () => {
  await upload(url, { name: "mine" });
  const refused = await answer(post(`${url}/tts`, { text: "Hello", speaker: "MINE" }));
  expect(refused).toMatchObject({ status: 400, body: { code: "unsupported" } });
  expect(refused.body.detail).toMatch(/qwen-tts download Qwen\/Qwen3-TTS-12Hz-0\.6B-Base/);
  const requests = [
    { text: "Hello", speaker: "mine" },
    { text: "Hello", speaker: "Ryan" },
  ];
  const batch = await answer(post(`${url}/tts/batch`, { requests }));
  expect(batch.body).toMatchObject({
    ...{ completed_count: 1, failed_count: 1 },
    results: [{ success: false, code: "unsupported" }, { success: true }],
  });
});

test("without voices there is no folder", async () => {
  expect((await answer(fetch(url + voicesPath))).body.uploaded_voices).toEqual([]);
  expect(existsSync(home)).toBe(false);
});
