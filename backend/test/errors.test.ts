// Every row of the error table: status, code, words; no stack and no path; and the next request works.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answerOf } from "./answer.ts";
import { post, startFakeServer } from "./test-server.ts";

let fake: Awaited<ReturnType<typeof startFakeServer>>;
beforeEach(async () => {
  fake = await startFakeServer();
});
afterEach(async () => {
  expect((await post(`${fake.url}/tts`, { text: "still there" })).status).toBe(200);
  await fake.close();
});

const routes = ["/tts", "/tts/stream"];

describe.each(routes)("%s refuses with 400", (route) => {
  const cases: [string, unknown, string, RegExp][] = [
    ["a missing text", {}, "invalid_request", /'text' must be .* missing/],
    ["a text that is null", { text: null }, "invalid_request", /'text' must be .*not null/],
    ["an empty text", { text: " \n " }, "empty_text", /'text' is empty/],
    ["5001 characters", { text: "x".repeat(5001) }, "text_too_long", /5001 characters.*5000/],
    ["a text that is a number", { text: 5 }, "invalid_request", /'text' must be a string.*not 5/],
    ["speed 4.01", { text: "x", speed: 4.01 }, "invalid_request", /'speed'.*0\.25 to 4, not 4\.01/],
    ["speed as text", { text: "x", speed: "2" }, "invalid_request", /'speed'.*not "2"/],
    ["pitch 0.49", { text: "x", pitch: 0.49 }, "invalid_request", /'pitch'.*0\.5 to 2, not 0\.49/],
    ["format mp3", { text: "x", format: "mp3" }, "invalid_request", /'format'.*"wav" or "pcm"/],
    ["seed -1", { text: "x", seed: -1 }, "invalid_request", /'seed'.*not -1/],
    ["seed 1.5", { text: "x", seed: 1.5 }, "invalid_request", /'seed'.*not 1\.5/],
    ["temperature 0", { text: "x", temperature: 0 }, "invalid_request", /'temperature'/],
    ["top_k 0", { text: "x", top_k: 0 }, "invalid_request", /'top_k'/],
    ["top_p 1.1", { text: "x", top_p: 1.1 }, "invalid_request", /'top_p'/],
    ["repetition_penalty 0.9", { text: "x", repetition_penalty: 0.9 }, "invalid_request", /'rep/],
    ["max_seconds 0", { text: "x", max_seconds: 0 }, "invalid_request", /'max_seconds'/],
    ["instruct of 1001", { text: "x", instruct: "y".repeat(1001) }, "invalid_request", /1000/],
    ["an unknown field", { text: "x", voice: "y" }, "invalid_request", /Unknown field 'voice'/],
    ["__proto__", JSON.parse('{"text":"x","__proto__":{"a":1}}'), "invalid_request", /'__proto__'/],
    ["constructor", { text: "x", constructor: {} }, "invalid_request", /'constructor'/],
    ["speed null", { text: "x", speed: null }, "invalid_request", /'speed'.*not null/],
    ["seed 2^53", { text: "x", seed: 2 ** 53 }, "invalid_request", /'seed'.*not 9007199254740992/],
    ["temperature 2.1", { text: "x", temperature: 2.1 }, "invalid_request", /'temperature'/],
    ["top_k 2049", { text: "x", top_k: 2049 }, "invalid_request", /'top_k'/],
    ["top_k 1.5", { text: "x", top_k: 1.5 }, "invalid_request", /'top_k'/],
    ["top_p 0", { text: "x", top_p: 0 }, "invalid_request", /'top_p'/],
    ["repetition_penalty 2.1", { text: "x", repetition_penalty: 2.1 }, "invalid_request", /'rep/],
    ["speed 0.24", { text: "x", speed: 0.24 }, "invalid_request", /'speed'.*not 0\.24/],
    ["pitch 2.01", { text: "x", pitch: 2.01 }, "invalid_request", /'pitch'.*not 2\.01/],
    ["an instruct that is a number", { text: "x", instruct: 1 }, "invalid_request", /'instruct'/],
    ["a speaker that is a list", { text: "x", speaker: [] }, "invalid_request", /'speaker'.*array/],
    ["a list", ["x"], "invalid_request", /JSON object.*not an array/],
    ["null", null, "invalid_request", /JSON object.*not null/],
  ];
  test.each(cases)("%s", async (_name, body, code, detail) => {
    const answer = await answerOf(post(`${fake.url}${route}`, body));
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe(code);
    expect(answer.body.detail).toMatch(detail);
    expect(Object.keys(answer.body).sort()).toEqual(["code", "detail"]);
    expect(fake.engine.started).toBe(0);
  });

  test("an unknown speaker, with those there are", async () => {
    const { status, body } = await answerOf(
      post(`${fake.url}${route}`, { text: "x", speaker: "Bob" }),
    );
    expect(status).toBe(400);
    expect(body.code).toBe("unknown_speaker");
    expect(body.detail).toMatch(/^Unknown speaker 'Bob'\. Available speakers: .*Ryan/);
    expect(body.available).toContain("Vivian");
  });

  test("an unknown language, with those there are", async () => {
    const { status, body } = await answerOf(
      post(`${fake.url}${route}`, { text: "x", language: "Klingon" }),
    );
    expect(status).toBe(400);
    expect(body.code).toBe("unknown_language");
    expect(body.available).toContain("Auto");
  });

  test("broken JSON", async () => {
    for (const text of ['{"text":', "", "\u0000"]) {
      const headers = { "Content-Type": "application/json" };
      const { status, body } = await answerOf(
        fetch(`${fake.url}${route}`, { method: "POST", headers, body: text }),
      );
      expect(status).toBe(400);
      expect(body.code).toBe("bad_json");
    }
  });
});

describe("the ends of every range are taken", () => {
  const cases: [string, object][] = [
    ["5000 characters of two code units", { text: `[frames 1]${"😀".repeat(4990)}` }],
    ["5000 characters after trimming", { text: `  \n[frames 1]${"x".repeat(4990)}\t ` }],
    ["a lone surrogate", { text: "[frames 1] \ud800" }],
    ["an instruct of 1000 characters", { instruct: "😀".repeat(1000) }],
    ["an empty instruct", { instruct: "" }],
    ["no instruct", { instruct: null }],
    ["the slowest and lowest", { speed: 0.25, pitch: 0.5 }],
    ["the fastest and highest", { speed: 4, pitch: 2 }],
    ["seed 0", { seed: 0 }],
    ["seed 2^53-1", { seed: Number.MAX_SAFE_INTEGER }],
    ["the least sampling", { temperature: 1e-9, top_k: 1, top_p: 1e-9, repetition_penalty: 1 }],
    ["the most sampling", { temperature: 2, top_k: 2048, top_p: 1, repetition_penalty: 2 }],
    ["max_seconds below a frame", { max_seconds: 0.001 }],
  ];
  test.each(cases)("%s", async (_name, fields) => {
    const response = await post(`${fake.url}/tts`, { text: "[frames 1] x", ...fields });
    expect(response.status).toBe(200);
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
  });
});

describe("what the contract says beside bodies", () => {
  test("curl's -d and a body without a type are JSON", async () => {
    for (const type of ["application/x-www-form-urlencoded", "application/json; charset=utf-8"]) {
      const response = await fetch(`${fake.url}/tts`, {
        method: "POST",
        headers: { "Content-Type": type },
        body: '{"text":"hello"}',
      });
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    }
    const untyped = await fetch(`${fake.url}/tts`, {
      method: "POST",
      body: Buffer.from('{"text":"hello"}'),
    });
    expect(untyped.status).toBe(200);
    await untyped.arrayBuffer();
  });

  test.each([
    "text/plain",
    "application/xml",
    "multipart/form-data; boundary=x",
    "application/jsonlines",
    "application/octet-stream",
  ])("%s is 415", async (type) => {
    const headers = { "Content-Type": type };
    for (const route of ["/tts", "/tts/stream", "/tts/batch"]) {
      const { status, body } = await answerOf(
        fetch(`${fake.url}${route}`, { method: "POST", headers, body: '{"text":"x"}' }),
      );
      expect(status).toBe(415);
      expect(body.code).toBe("unsupported_media_type");
    }
  });

  test("more than 1 MiB is 413, also when its length was not announced", async () => {
    const body = JSON.stringify({ text: "x".repeat(1024 * 1024) });
    const headers = { "Content-Type": "application/json" };
    const chunks = (): ReadableStream => new Blob([body]).stream();
    for (const sent of [{ body }, { body: chunks(), duplex: "half" as const }]) {
      const answer = await answerOf(fetch(`${fake.url}/tts`, { method: "POST", headers, ...sent }));
      expect(answer.status).toBe(413);
      expect(answer.body.code).toBe("body_too_large");
    }
  });

  test("ten texts of 5000 characters fit, however they are escaped", async () => {
    const text = JSON.stringify(`[frames 1]${"x".repeat(4990)}`).replaceAll("x", "\\u0394");
    const body = `{"requests":[${Array.from({ length: 10 }, () => `{"text":${text}}`).join(",")}]}`;
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(`${fake.url}/tts/batch`, { method: "POST", headers, body });
    expect(await response.json()).toMatchObject({ completed_count: 10 });
  });

  test.each([
    ["GET", "/nope"],
    ["GET", "/tts"],
    ["PUT", "/tts/stream"],
    ["DELETE", "/speakers"],
    ["POST", "/requests/x"],
  ])("%s %s is 404 in the same shape", async (method, route) => {
    const { status, body } = await answerOf(fetch(`${fake.url}${route}`, { method }));
    expect(status).toBe(404);
    expect(body.code).toBe("not_found");
  });

  test("an error answers under the id that its client chose", async () => {
    const headers = { "X-Request-Id": "my-own" };
    const { response } = await answerOf(post(`${fake.url}/tts`, {}, { headers }));
    expect(response.headers.get("x-request-id")).toBe("my-own");
  });
});
