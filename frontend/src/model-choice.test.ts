// Which model speaks with a speaker, a kept voice, a chosen model; and why something cannot be done.
import type { ModelBody, SpeakerBody } from "qwen-tts/protocol";
import { expect, test } from "vitest";
import { canDo, modelFor, modelsFor } from "./model-choice.ts";
import type { ServerInfo } from "./server-watch.ts";

const ryan: SpeakerBody = {
  name: "Ryan",
  description: "",
  native_language: "English",
  kind: "preset",
};
const anna: SpeakerBody = { ...ryan, name: "Anna", kind: "voice" };
const no = (reason: string) => ({ honoured: false as const, reason });
const yes = { honoured: true as const };

function model(change: Partial<ModelBody>): ModelBody {
  return {
    id: "m",
    label: "M",
    variant: "custom_voice",
    size: "0.6B",
    state: "ready",
    reason: null,
    sample_rate: 24_000,
    speakers: [],
    languages: ["English"],
    instruct: yes,
    sampling: yes,
    voices: no("CustomVoice has its own speakers: download a Base model."),
    design: no("CustomVoice designs nothing: download VoiceDesign."),
    rows: 1,
    ...change,
  };
}

const custom = model({ id: "custom", speakers: [ryan], state: "idle" });
const large = model({ id: "large", speakers: [ryan], state: "idle" });
const base = model({ id: "base", variant: "base", voices: yes });

function serverWith(...models: ModelBody[]): ServerInfo {
  return {
    capabilities: { models } as ServerInfo["capabilities"],
    speakers: { default: "Ryan", speakers: [ryan, anna] },
    languages: { default: "English", languages: ["English"] },
  };
}

test("a speaker is spoken by a model that has it, though another is loaded", () => {
  const server = serverWith(base, custom);
  expect(modelFor(server, { speaker: "Ryan", model: "" })?.id).toBe("custom");
  expect(modelFor(server, { speaker: "Anna", model: "" })?.id).toBe("base");
});

test("a chosen model holds as far as it can", () => {
  const server = serverWith(custom, large, base);
  expect(modelsFor(server, "Ryan").map(({ id }) => id)).toEqual(["custom", "large"]);
  expect(modelFor(server, { speaker: "Ryan", model: "large" })?.id).toBe("large");
  expect(modelFor(server, { speaker: "Anna", model: "large" })?.id).toBe("base");
});

test("an absent model does nothing, and the reason is the server's", () => {
  const absent = { ...base, state: "absent" as const };
  expect(canDo(serverWith(custom, base), "voices").honoured).toBe(true);
  expect(canDo(serverWith(custom, absent), "voices")).toMatchObject({
    honoured: false,
    reason: expect.stringContaining("Base") as string,
  });
  expect(canDo(serverWith(custom, base), "design")).toEqual(custom.design);
});
