// What becomes of a batch's lines: in any order, with failures in their place, cancelled, broken.
import type { BatchResult } from "qwen-tts/protocol";
import { expect, test } from "vitest";
import { wavHeader } from "../audio/wav.ts";
import { initialSettings } from "../settings.ts";
import { batchReducer, noRun, toBatchAction } from "./batch-run.ts";
import type { BatchAction, BatchRun } from "./batch-run.ts";

const items = [
  { lineNumber: 1, text: "one" },
  { lineNumber: 3, text: "three" },
];
const start: BatchAction = { kind: "start", items, settings: initialSettings };

function made(seconds: number): BatchResult {
  const bytes = Buffer.concat([
    wavHeader(seconds * 24_000, 24_000),
    Buffer.alloc(seconds * 48_000),
  ]);
  return {
    success: true,
    audio: bytes.toString("base64"),
    media_type: "audio/wav",
    sample_rate: 24_000,
    seed: 5,
    finish_reason: "stop",
    error: null,
    code: null,
  };
}

const failed: BatchResult = {
  success: false,
  audio: null,
  media_type: null,
  sample_rate: null,
  seed: null,
  finish_reason: null,
  error: "The text is empty.",
  code: "empty_text",
};

function run(...actions: BatchAction[]): BatchRun {
  return actions.reduce(batchReducer, noRun);
}

function kinds({ items }: BatchRun): string[] {
  return items.map(({ kind }) => kind);
}

test("results take their places whatever their order", () => {
  const first = run(start, toBatchAction(1, failed));
  expect(kinds(first)).toEqual(["pending", "failed"]);
  const both = batchReducer(first, toBatchAction(0, made(2)));
  expect(both.items[0]).toMatchObject({
    kind: "made",
    lineNumber: 1,
    clip: { seconds: 2, seed: 5 },
  });
  expect(both.items[1]).toMatchObject({ lineNumber: 3, problem: { title: "The text is empty." } });
  expect(batchReducer(both, { kind: "ended" }).kind).toBe("ended");
});

test("a clip's file is what the server sent", async () => {
  const action = toBatchAction(0, made(1));
  if (action.kind !== "made") throw new Error("no clip");
  expect(action.clip.audio.size).toBe(44 + 48_000);
  expect(action.clip.audio.type).toBe("audio/wav");
  const tag = new TextDecoder().decode(await action.clip.audio.slice(0, 4).arrayBuffer());
  expect(tag).toBe("RIFF");
});

test("a clip that was cut short says so", () => {
  const action = toBatchAction(0, { ...made(1), finish_reason: "length" });
  expect(action).toMatchObject({ clip: { cutShort: { title: expect.any(String) as string } } });
});

test("a cancelled batch keeps what came and takes nothing more", () => {
  const cancelled = run(start, toBatchAction(0, made(1)), { kind: "cancel" });
  expect(kinds(cancelled)).toEqual(["made", "not_made"]);
  expect(batchReducer(cancelled, toBatchAction(1, made(1)))).toEqual(cancelled);
});

test("a batch that breaks keeps what came and says why", () => {
  const problem = { title: "Gone.", advice: "Wait." };
  const broken = run(start, toBatchAction(0, made(1)), { kind: "broken", problem });
  expect(kinds(broken)).toEqual(["made", "not_made"]);
  expect(broken).toMatchObject({ kind: "ended", problem });
});
