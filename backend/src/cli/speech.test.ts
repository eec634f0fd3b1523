// Which options fit which kind of model, and what becomes of names.
import { expect, test } from "vitest";
import type { ModelInfo } from "qwen3-tts";
import { languageOf, voiceOf, type VoiceModel, type VoiceOptions } from "./speech.ts";

const nothing: VoiceOptions = { speaker: null, kept: null, instruct: null, reference: null };
const recording = { samples: new Float32Array(8), sampleRate: 8000, transcript: "heard" };

function modelOf(
  variant: ModelInfo["variant"],
  speakers: string[] = ["Vivian", "ryan"],
): VoiceModel {
  const info = { variant, speakers, languages: ["english", "chinese"] } as ModelInfo;
  return {
    info,
    createVoice: (audio, sampleRate, wanted) =>
      Promise.resolve({
        engine: "local",
        data: Buffer.from(JSON.stringify([audio.length, sampleRate, wanted?.transcript ?? null])),
      }),
  };
}

test("a CustomVoice model speaks with a speaker of its own, and with an instruction", async () => {
  const model = modelOf("custom_voice");
  const preset = { kind: "preset", speaker: "ryan" };
  expect(await voiceOf(model, nothing)).toEqual({ voice: preset });
  const options = { ...nothing, speaker: "vivian", instruct: "softly" };
  expect(await voiceOf(model, options)).toEqual({
    voice: { kind: "preset", speaker: "Vivian" },
    instruct: "softly",
  });
  const others = modelOf("custom_voice", ["Ann", "Bob"]);
  expect(await voiceOf(others, nothing)).toEqual({ voice: { kind: "preset", speaker: "Ann" } });
});

test("a VoiceDesign model takes the instruction as its voice", async () => {
  const options = { ...nothing, instruct: "a deep voice" };
  expect(await voiceOf(modelOf("voice_design"), options)).toEqual({
    voice: { kind: "design", description: "a deep voice" },
  });
});

test("a Base model clones the recording, with its transcript where there is one", async () => {
  const { voice } = await voiceOf(modelOf("base"), { ...nothing, reference: recording });
  expect(voice).toEqual({
    kind: "clone",
    prompt: { engine: "local", data: Buffer.from('[8,8000,"heard"]') },
  });
});

const kept = {
  name: "mine",
  prompt: () => Promise.resolve({ engine: "local", data: Buffer.from("kept") }),
};

test("a Base model speaks with a kept voice; a speaker of the model's own comes before one", async () => {
  const mine = { ...nothing, speaker: "mine", kept };
  expect(await voiceOf(modelOf("base"), mine)).toEqual({
    voice: { kind: "clone", prompt: { engine: "local", data: Buffer.from("kept") } },
  });
  expect(await voiceOf(modelOf("custom_voice", ["Mine"]), mine)).toEqual({
    voice: { kind: "preset", speaker: "Mine" },
  });
});

test.each([
  ["voice_design", { speaker: "Ryan" }, "--speaker cannot be used with a VoiceDesign model."],
  ["base", { speaker: "Ryan" }, "--speaker: there is no voice 'Ryan'. 'qwen-tts voices list' has"],
  ["voice_design", { speaker: "mine", kept }, "--speaker cannot be used with a VoiceDesign model."],
  ["custom_voice", { speaker: "mine", kept }, "The voice 'mine' needs a Base model"],
  ["base", { instruct: "x", reference: recording }, "--instruct cannot be used with a Base model."],
  [
    "custom_voice",
    { reference: recording },
    "--ref-audio cannot be used with a CustomVoice model.",
  ],
  ["custom_voice", { speaker: "Bob" }, "must be one of Vivian, ryan, or a kept voice, not 'Bob'."],
  ["base", {}, "A Base model has no speakers of its own: give --ref-audio"],
] as const)("%s does not take %o", async (variant, options, words) => {
  await expect(voiceOf(modelOf(variant), { ...nothing, ...options })).rejects.toThrow(words);
});

test("languages are found whatever their case, and Auto is one of them", () => {
  const { info } = modelOf("base");
  expect(languageOf(info, null)).toBe("Auto");
  expect(languageOf(info, "auto")).toBe("Auto");
  expect(languageOf(info, "English")).toBe("english");
  const unknown = (): unknown => languageOf(info, "Latin");
  expect(unknown).toThrow("--language must be one of english, chinese, Auto, not 'Latin'.");
});
