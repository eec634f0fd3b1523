import { expect, test } from "vitest";
import { EngineError } from "../engine-error.ts";
import { readVoicePrompt, writeVoicePrompt, type CloneVoice } from "./voice-prompt.ts";

const voice: CloneVoice = {
  speakerEmbedding: Float32Array.of(0.1, -2, 3e-9),
  reference: {
    transcript: "heard",
    codes: [
      [1, 2],
      [3, 4],
    ],
  },
};

test("a voice comes back as it was", () => {
  expect(readVoicePrompt(writeVoicePrompt(voice), 3)).toEqual(voice);
  const bare = { ...voice, reference: null };
  expect(readVoicePrompt(writeVoicePrompt(bare), 3)).toEqual(bare);
});

test("a voice of another size is refused, with both sizes", () => {
  expect(() => readVoicePrompt(writeVoicePrompt(voice), 4)).toThrow(/3 wide, this one is 4 wide/);
});

test.each([
  "",
  "{",
  "null",
  "[]",
  "{}",
  '{"speakerEmbedding":["x"],"reference":null}',
  '{"speakerEmbedding":[1,2,3]}',
  '{"speakerEmbedding":[1,2,1e39],"reference":null}',
  '{"speakerEmbedding":[1,2,3],"reference":{"transcript":1,"codes":[]}}',
  '{"speakerEmbedding":[1,2,3],"reference":{"transcript":"a","codes":[["b"]]}}',
])("damaged: %s", (json) => {
  const prompt = { engine: "local", data: new TextEncoder().encode(json) };
  expect(() => readVoicePrompt(prompt, 3)).toThrow(EngineError);
});

test("another engine's voice is refused", () => {
  expect(() => readVoicePrompt({ ...writeVoicePrompt(voice), engine: "remote" }, 3)).toThrow(
    /another engine/,
  );
});
