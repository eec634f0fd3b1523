import { expect, test } from "vitest";
import { EngineError } from "../engine-error.ts";
import {
  describeVoicePrompt,
  readVoicePrompt,
  writeVoicePrompt,
  type CloneVoice,
} from "./voice-prompt.ts";

const geometry = { hiddenSize: 3, codeGroups: 2, codebookSize: 5 };

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
  expect(readVoicePrompt(writeVoicePrompt(voice), geometry)).toEqual(voice);
  const bare = { ...voice, reference: null };
  expect(readVoicePrompt(writeVoicePrompt(bare), geometry)).toEqual(bare);
});

test("a voice of another size is refused, with both sizes", () => {
  expect(() => readVoicePrompt(writeVoicePrompt(voice), { ...geometry, hiddenSize: 4 })).toThrow(
    /3 wide, this one is 4 wide/,
  );
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
  expect(() => readVoicePrompt(prompt, geometry)).toThrow(EngineError);
});

test("another engine's voice is refused", () => {
  expect(() => readVoicePrompt({ ...writeVoicePrompt(voice), engine: "remote" }, geometry)).toThrow(
    /another engine/,
  );
});

test.each([[[1, 5]], [[1, -1]], [[1, 0.5]], [[1]], [[1, 2, 3]]])(
  "codes that the model does not have: %j",
  (frame) => {
    const prompt = writeVoicePrompt({
      ...voice,
      reference: { transcript: "heard", codes: [[0, 4], frame] },
    });
    expect(() => readVoicePrompt(prompt, geometry)).toThrow(/codes that this model does not have/);
  },
);

test("what can be told of a voice without a model", () => {
  const prompt = writeVoicePrompt(voice);
  expect(describeVoicePrompt(prompt)).toEqual({ hiddenSize: 3, transcript: "heard", frames: 2 });
  const bare = writeVoicePrompt({ ...voice, reference: null });
  expect(describeVoicePrompt(bare)).toEqual({ hiddenSize: 3, transcript: null, frames: 0 });
  expect(() => describeVoicePrompt({ ...prompt, data: prompt.data.subarray(1) })).toThrow(
    EngineError,
  );
});
