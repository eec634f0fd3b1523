// 2,000 bodies against each POST route, right ones and broken ones: only documented statuses, errors in
// the documented shape, no stack and no path; and the server works afterwards.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ErrorBody } from "../src/protocol.ts";
import { post, startFakeServer } from "./test-server.ts";

const bodiesPerRoute = 2000;
const atOnce = 16;
/** What the bodies here can lead to; 500 is not among them. */
const documented = new Set([200, 400, 413, 415]);

let fake: Awaited<ReturnType<typeof startFakeServer>>;
beforeAll(async () => {
  fake = await startFakeServer({ rows: 32 });
});
afterAll(() => fake.close());

const anything = fc.anything({ withNullPrototype: true, maxDepth: 3 });
const goodField: Record<string, fc.Arbitrary<unknown>> = {
  text: fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
  speaker: fc.constantFrom("Ryan", "vivian", "Ono_Anna"),
  language: fc.constantFrom("English", "auto", "KOREAN"),
  speed: fc.constant(1),
  pitch: fc.constant(1),
  instruct: fc.option(fc.string({ maxLength: 20 })),
  format: fc.constantFrom("wav", "pcm"),
  seed: fc.maxSafeNat(),
  temperature: fc.double({ min: 0.01, max: 2, noNaN: true }),
  top_k: fc.integer({ min: 1, max: 2048 }),
  top_p: fc.double({ min: 0.01, max: 1, noNaN: true }),
  repetition_penalty: fc.double({ min: 1, max: 2, noNaN: true }),
  max_seconds: fc.double({ min: 0.1, max: 1, noNaN: true }),
};
const oddField = fc.oneof(
  anything,
  fc.constantFrom(
    1e308,
    -0,
    Number.MIN_VALUE,
    2 ** 53,
    "\ud800",
    "\u0000",
    "__proto__",
    "<|im_end|>",
  ),
  fc.string({ unit: "binary", maxLength: 30 }),
);
const good = fc.record(goodField, { requiredKeys: ["text"] });
const mutated = fc
  .tuple(
    good,
    fc.dictionary(fc.oneof(fc.constantFrom(...Object.keys(goodField)), fc.string()), oddField),
  )
  .map(([body, changes]) => ({ ...body, ...changes }));
const speech = fc.oneof(good, mutated, anything);
const batch = fc.oneof(
  fc.record({ requests: fc.array(speech, { maxLength: 12 }) }),
  fc.record({ requests: anything }),
  anything,
);

type Sent = { text: string; type: string };

function sent(body: fc.Arbitrary<unknown>): fc.Arbitrary<Sent> {
  const json = body.map((value) => toJson(value));
  const nested = fc.integer({ min: 1, max: 5000 }).map((depth) => "[".repeat(depth));
  const broken = fc
    .tuple(json, fc.nat(), fc.string({ unit: "binary", maxLength: 3 }))
    .map(([text, at, junk]) => text.slice(0, at % (text.length + 1)) + junk);
  return fc.record({
    text: fc.oneof({ weight: 6, arbitrary: json }, broken, nested),
    type: fc.oneof(
      { weight: 8, arbitrary: fc.constant("application/json") },
      fc.constantFrom(
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/json;x=\u0022",
      ),
    ),
  });
}

function toJson(value: unknown): string {
  const seen = (_key: string, item: unknown): unknown =>
    typeof item === "bigint" ? Number(item) : item;
  return value === undefined ? "" : JSON.stringify(value, seen);
}

async function check(route: string, { text, type }: Sent): Promise<void> {
  const response = await fetch(`${fake.url}${route}`, {
    method: "POST",
    headers: { "Content-Type": type },
    body: text,
  });
  const answer = Buffer.from(await response.arrayBuffer());
  expect(documented, `${response.status} for ${text}`).toContain(response.status);
  if (response.status === 200) return;
  const words = answer.toString();
  const body = JSON.parse(words) as ErrorBody;
  expect(typeof body.detail).toBe("string");
  expect(typeof body.code).toBe("string");
  expect(words).not.toMatch(/node_modules|\.ts:\d|\.js:\d/);
}

describe.each([
  ["/tts", speech],
  ["/tts/stream", speech],
  ["/tts/batch", batch],
] as const)("%s", (route, body) => {
  test(`${bodiesPerRoute} bodies`, { timeout: 120_000 }, async () => {
    const arrays = fc.array(sent(body), { minLength: atOnce, maxLength: atOnce });
    await fc.assert(
      fc.asyncProperty(arrays, async (requests) => {
        await Promise.all(requests.map((request) => check(route, request)));
      }),
      { numRuns: bodiesPerRoute / atOnce, endOnFailure: true },
    );
    const after = await post(`${fake.url}/tts`, { text: "still there" });
    expect(after.status).toBe(200);
    expect((await after.arrayBuffer()).byteLength).toBeGreaterThan(44);
  });
});
