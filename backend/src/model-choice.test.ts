// Which model gets which request, and what is said when none can.
import type { Honoured, ModelStatus } from "qwen3-tts";
import { describe, expect, test } from "vitest";
import { chooseModel, type SpeechNeed } from "./model-choice.ts";
import { RequestError } from "./request-error.ts";

const no = (reason: string): Honoured => ({ honoured: false, reason });

function modelOf(size: string, variant: ModelStatus["variant"]): ModelStatus {
  const names = { custom_voice: "CustomVoice", voice_design: "VoiceDesign", base: "Base" };
  const name = `Qwen3-TTS-12Hz-${size}-${names[variant!]}`;
  const honoured = (is: boolean): Honoured => (is ? { honoured: true } : no(`${name} does not.`));
  const speakers = ["Vivian", "Ryan"].map((speaker) => ({
    name: speaker,
    description: "",
    nativeLanguage: "English",
  }));
  return {
    id: `Qwen/${name}`,
    label: name,
    variant,
    size,
    state: { kind: "idle" },
    sampleRate: 24_000,
    speakers: variant === "custom_voice" ? speakers : [],
    languages: ["English", "Chinese"],
    instruct: honoured(variant === "custom_voice" && size === "1.7B"),
    sampling: { honoured: true },
    clone: honoured(variant === "base"),
    design: honoured(variant === "voice_design"),
    rows: 4,
  };
}

const smallCustom = modelOf("0.6B", "custom_voice");
const custom = modelOf("1.7B", "custom_voice");
const design = modelOf("1.7B", "voice_design");
const smallBase = modelOf("0.6B", "base");
const base = modelOf("1.7B", "base");
const all = [smallCustom, custom, design, smallBase, base];

const plain: SpeechNeed = {
  model: null,
  voice: { kind: "preset", speaker: null },
  instruct: false,
  language: null,
};
const choose = (need: Partial<SpeechNeed>, models = all): ModelStatus =>
  chooseModel(models, { ...plain, ...need });

/** The refusal, as its code and words. */
function refusal(need: Partial<SpeechNeed>, models = all): string {
  try {
    choose(need, models);
  } catch (error) {
    if (error instanceof RequestError) return `${error.code}: ${error.message}`;
  }
  throw new Error("It was not refused.");
}

describe("by what a request needs", () => {
  const cases: [string, Partial<SpeechNeed>, ModelStatus][] = [
    ["nothing special", {}, smallCustom],
    ["a speaker", { voice: { kind: "preset", speaker: "vivian" } }, smallCustom],
    ["an instruct", { instruct: true }, custom],
    ["a description", { voice: { kind: "design" } }, design],
    ["a clone of any size", { voice: { kind: "clone", size: null } }, smallBase],
    ["a clone of 1.7B", { voice: { kind: "clone", size: "1.7B" } }, base],
  ];
  test.each(cases)("%s", (_name, need, model) => expect(choose(need).id).toBe(model.id));

  test("the order of the models decides between two that could", () => {
    expect(choose({}, [custom, smallCustom])).toBe(custom);
  });
});

describe("by name", () => {
  test.each(["Qwen/Qwen3-TTS-12Hz-1.7B-CustomVoice", "qwen3-tts-12hz-1.7b-customvoice"])(
    "%s",
    (model) => expect(choose({ model })).toBe(custom),
  );

  test("a variant leaves the size to the request's needs", () => {
    expect(choose({ model: "Custom_Voice" })).toBe(smallCustom);
    expect(choose({ model: "Custom_Voice", instruct: true })).toBe(custom);
  });

  test("a model that cannot do it is not exchanged for one that can", () => {
    expect(refusal({ model: smallCustom.id, instruct: true })).toMatch(
      /^unsupported: 'instruct' cannot be used: .*0\.6B-CustomVoice does not/,
    );
    expect(refusal({ model: "base" })).toMatch(/^unsupported: .*Base has no speakers of its own/);
  });

  test("one that is not here, with the way to it", () => {
    const ways: [string, RegExp][] = [
      ["voice_design", /'qwen-tts download Qwen\/Qwen3-TTS-12Hz-1\.7B-VoiceDesign'/],
      ["qwen3-tts-12hz-1.7b-base", /POST \/models\/Qwen%2Fqwen3-tts-12hz-1\.7b-base\/download/],
      ["tts-9", /^unsupported: There is no model 'tts-9' here, only .*0\.6B-CustomVoice\./],
    ];
    for (const [model, words] of ways) expect(refusal({ model }, [smallCustom])).toMatch(words);
  });
});

describe("what no model has is refused with the way to it", () => {
  test("a description without VoiceDesign", () => {
    expect(refusal({ voice: { kind: "design" } }, [custom])).toMatch(
      /^unsupported: 'voice_description'.*1\.7B-VoiceDesign'/,
    );
  });

  test("a clone without Base, and one of another size", () => {
    expect(refusal({ voice: { kind: "clone", size: null } }, [custom])).toMatch(/0\.6B-Base'/);
    expect(refusal({ voice: { kind: "clone", size: "1.7B" } }, [smallBase])).toMatch(
      /Base models of 1\.7B.*1\.7B-Base'/,
    );
  });

  test("a speaker where there are none, and one that nobody has", () => {
    expect(refusal({}, [base, design])).toMatch(/^unsupported: .*0\.6B-CustomVoice'/);
    expect(refusal({ voice: { kind: "preset", speaker: "Bob" } })).toMatch(
      /^unknown_speaker: Unknown speaker 'Bob'\. Available speakers: Vivian, Ryan\.$/,
    );
  });

  test("a language, and a dialect, which comes with a speaker", () => {
    expect(refusal({ language: "Klingon" })).toMatch(/^unknown_language: .*English, Chinese, Auto/);
    expect(refusal({ language: "sichuan_dialect" })).toMatch(/Eric that of Sichuan/);
  });

  test("an engine without models", () => {
    expect(refusal({}, [])).toMatch(/^engine_not_ready/);
  });
});
