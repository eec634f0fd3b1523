// What comes out of a pipe is checked to the last field that is used.
import { expect, test } from "vitest";
import { createFakeEngine } from "../testing/fake-engine.ts";
import { speechRequest } from "../testing/collect.ts";
import { parseFromHost, parseToHost } from "./messages.ts";

const status = createFakeEngine().status();
const failure = { code: "crashed", message: "It died.", detail: "" };
const request = speechRequest({ text: "a", speaker: "Ryan", language: "English" });

test.each([
  { kind: "ready", status },
  { kind: "event", id: 1, event: { kind: "start", model: "m", sampleRate: 24_000, seed: 7 } },
  { kind: "event", id: 1, event: { kind: "audio", samples: new Float32Array(3), firstSample: 0 } },
  { kind: "failed", id: 1, failure },
  { kind: "pong", id: 1, overdueMs: 0.5 },
  { kind: "closed" },
])("from a host: %j", (message) => {
  expect(parseFromHost(message)).toBe(message);
});

test.each([
  null,
  "ready",
  {},
  { kind: "nonsense" },
  { kind: "toString" },
  { kind: "ready", status: { ...status, models: [{}] } },
  { kind: "event", id: -1, event: { kind: "mark", textEnd: 1, atSample: 1 } },
  { kind: "event", id: 1, event: { kind: "audio", samples: [0, 1], firstSample: 0 } },
  { kind: "event", id: 1, event: { kind: "end", finishReason: "bored", stats: {} } },
  { kind: "failed", id: 1, failure: { ...failure, code: "tired" } },
  { kind: "pong", id: 1, overdueMs: NaN },
  { kind: "wantText" },
])("not from a host: %j", (message) => {
  expect(() => parseFromHost(message)).toThrow("Not a message from a host");
});

test("to a host", () => {
  const message = { kind: "synthesize", id: 1, request, windowSamples: 24_000 };
  expect(parseToHost(message)).toBe(message);
  const broken = { ...message, request: { ...request, text: { kind: "whole" } } };
  expect(() => parseToHost(broken)).toThrow("Not a message to a host: 'synthesize'");
  expect(() => parseToHost({ kind: "text", id: 1, piece: 3 })).toThrow("'text'");
});
