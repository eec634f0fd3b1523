// 2,000 bodies against each POST route, right ones and broken ones: only documented statuses, errors in
// the documented shape, no stack and no path; and the server works afterwards.
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BatchResponse, ErrorBody } from "../src/protocol.ts";
import { expectDiscreet } from "./answer.ts";
import { batchBodies, speechBodies, type Sent } from "./bodies.ts";
import { post, startFakeServer } from "./test-server.ts";

const bodiesPerRoute = 2000;
const atOnce = 16;
/** What these bodies can lead to, and the codes that say it; 500 is not among them. */
const documented: Record<number, string[]> = {
  400: [
    ...["bad_json", "invalid_request", "empty_text", "text_too_long", "batch_too_large"],
    ...["unknown_speaker", "unknown_language"],
  ],
  415: ["unsupported_media_type"],
};

let fake: Awaited<ReturnType<typeof startFakeServer>>;
const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
beforeAll(async () => {
  fake = await startFakeServer({ rows: 32 }, { settings: { maxQueue: 10_000 } });
});
afterAll(async () => {
  agent.destroy();
  await fake.close();
});

/** fetch gives every string a type; here a body may come without. */
function send(route: string, { text, type }: Sent): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const body = Buffer.from(text);
    const headers = {
      "Content-Length": body.byteLength,
      ...(type === null ? {} : { "Content-Type": type }),
    };
    const url = `${fake.url}${route}`;
    const request = httpRequest(url, { method: "POST", agent, headers }, (response) => {
      readAll(response).then(
        (answer) => resolve({ status: response.statusCode!, body: answer }),
        reject,
      );
    });
    request.on("error", reject);
    request.end(body);
  });
}

async function readAll(response: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

function checkError(status: number, words: string): void {
  const { detail, code } = JSON.parse(words) as ErrorBody;
  expect(documented[status], `${status} ${words}`).toContain(code);
  expect(detail.length).toBeGreaterThan(10);
  expect(detail.length).toBeLessThan(500);
  expectDiscreet(words);
}

function checkBatch(words: string): void {
  const { results, completed_count, failed_count } = JSON.parse(words) as BatchResponse;
  expect(results.filter(({ success }) => success)).toHaveLength(completed_count);
  expect(results.filter(({ success }) => !success)).toHaveLength(failed_count);
  for (const { success, error, code } of results) {
    if (success) continue;
    expect(documented[400]).toContain(code);
    expectDiscreet(error);
  }
}

/** @returns the status */
async function check(route: string, sent: Sent): Promise<number> {
  const { status, body } = await send(route, sent);
  if (status !== 200) checkError(status, body.toString());
  else if (route === "/tts/batch") checkBatch(body.toString());
  else expect(body.byteLength).toBeGreaterThan(0);
  return status;
}

describe.each([
  ["/tts", speechBodies],
  ["/tts/stream", speechBodies],
  ["/tts/batch", batchBodies],
] as const)("%s", (route, bodies) => {
  test(`${bodiesPerRoute} bodies`, { timeout: 120_000 }, async () => {
    const seen = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(bodies, { minLength: atOnce, maxLength: atOnce }),
        async (requests) => {
          const statuses = await Promise.all(requests.map((request) => check(route, request)));
          for (const status of statuses) seen.set(status, (seen.get(status) ?? 0) + 1);
        },
      ),
      { numRuns: bodiesPerRoute / atOnce, endOnFailure: true },
    );
    // Bodies that only ever fail, or never do, would prove little.
    for (const status of [200, 400, 415]) {
      expect(seen.get(status), `${status}s of ${bodiesPerRoute}`).toBeGreaterThan(20);
    }
    const after = await post(`${fake.url}/tts`, { text: "still there" });
    expect(after.status).toBe(200);
    expect((await after.arrayBuffer()).byteLength).toBeGreaterThan(44);
    expect(fake.engine.activeRows).toBe(0);
    expect("a" in {}, "Object.prototype").toBe(false);
  });
});
