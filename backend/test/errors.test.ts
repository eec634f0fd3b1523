// Every row of the error table: status, code, words; no stack and no path; and the next request works.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ErrorBody } from "../src/protocol.ts";
import { post, startFakeServer } from "./test-server.ts";

let fake: Awaited<ReturnType<typeof startFakeServer>>;
beforeEach(async () => {
  fake = await startFakeServer();
});
afterEach(async () => {
  expect((await post(`${fake.url}/tts`, { text: "still there" })).status).toBe(200);
  await fake.close();
});

type Answer = { status: number; body: ErrorBody; response: Response };

async function answerOf(pending: Promise<Response>): Promise<Answer> {
  const response = await pending;
  const text = await response.text();
  expect(text).not.toMatch(/node_modules|\/src\/|\/dist\/|\bat .*\.(ts|js):\d/);
  const body = JSON.parse(text) as ErrorBody;
  expect(body.detail.length).toBeGreaterThan(10);
  expect(response.headers.get("x-request-id")).toBeTruthy();
  return { status: response.status, body, response };
}

const routes = ["/tts", "/tts/stream"];

describe.each(routes)("%s refuses with 400", (route) => {
  const cases: [string, unknown, string, RegExp][] = [
    ["a missing text", {}, "invalid_request", /'text' must be .* missing/],
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
    ["__proto__ as a field", JSON.parse('{"text":"x","constructor":{}}'), "invalid_request", /Unk/],
    ["a list", ["x"], "invalid_request", /JSON object.*not an array/],
    ["null", null, "invalid_request", /JSON object.*not null/],
  ];
  test.each(cases)("%s", async (_name, body, code, detail) => {
    const answer = await answerOf(post(`${fake.url}${route}`, body));
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe(code);
    expect(answer.body.detail).toMatch(detail);
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

  test.each([
    ["crash", 503, "engine_crashed"],
    ["oom", 507, "out_of_memory"],
  ])("an engine's %s is %i", async (fault, status, code) => {
    const answer = await answerOf(post(`${fake.url}${route}`, { text: `[${fault} 0] x` }));
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code, retryable: true });
    expect(answer.response.headers.get("retry-after")).toBeTruthy();
  });
});

describe("what the contract says beside bodies", () => {
  test("exactly 5000 characters are taken, also when each is two code units", async () => {
    const text = `[frames 1]${"😀".repeat(4990)}`;
    expect((await post(`${fake.url}/tts`, { text })).status).toBe(200);
  });

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

  test.each(["text/plain", "application/xml", "multipart/form-data; boundary=x"])(
    "%s is 415",
    async (type) => {
      const headers = { "Content-Type": type };
      const { status, body } = await answerOf(
        fetch(`${fake.url}/tts`, { method: "POST", headers, body: '{"text":"x"}' }),
      );
      expect(status).toBe(415);
      expect(body.code).toBe("unsupported_media_type");
    },
  );

  test("more than 1 MiB is 413", async () => {
    const { status, body } = await answerOf(
      post(`${fake.url}/tts`, { text: "x".repeat(1024 * 1024) }),
    );
    expect(status).toBe(413);
    expect(body.code).toBe("body_too_large");
  });

  test("an unknown route is 404 in the same shape", async () => {
    const { status, body } = await answerOf(fetch(`${fake.url}/nope`));
    expect(status).toBe(404);
    expect(body.code).toBe("not_found");
  });
});

describe("what the model cannot honour", () => {
  test("instruct is 400 unsupported with the reason; null and empty are nothing", async () => {
    const mute = await startFakeServer({ honoursInstruct: false });
    const refused = await answerOf(post(`${mute.url}/tts`, { text: "x", instruct: "happy" }));
    expect(refused.status).toBe(400);
    expect(refused.body.code).toBe("unsupported");
    expect(refused.body.detail).toMatch(/takes no instructions/);
    for (const instruct of [null, "", "  "]) {
      expect((await post(`${mute.url}/tts`, { text: "x", instruct })).status).toBe(200);
    }
    await mute.close();
  });
});

describe("a full queue", () => {
  test("is 429 with Retry-After and its length, and empties", async () => {
    const small = await startFakeServer({ rows: 1 }, { settings: { maxQueue: 1 } });
    const held = { text: "[wait 1][frames 2] x" };
    const running = post(`${small.url}/tts`, held);
    await small.engine.waitForHeld();
    const queued = post(`${small.url}/tts`, { text: "next" });
    await until(async () => (await metric(small.url, "qwen_tts_queue_length")) === 1);
    const { status, body, response } = await answerOf(post(`${small.url}/tts`, held));
    expect(status).toBe(429);
    expect(body).toMatchObject({ code: "queue_full", queue_length: 1, retryable: true });
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    const refusedBatch = await answerOf(post(`${small.url}/tts/batch`, { requests: [held] }));
    expect(refusedBatch.status).toBe(429);
    small.engine.release();
    expect((await running).status).toBe(200);
    expect((await queued).status).toBe(200);
    await small.close();
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition()));
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}
