// Names of kept voices. In: what somebody calls a voice. Out: the name as it is kept, the key by which it is the same
// name in any case, and the folder that belongs to it. A name never becomes a path by itself.
import { createHash } from "node:crypto";
import { publishedSpeakers } from "qwen3-tts";
import { shorten } from "../model-choice.ts";
import { limits } from "../protocol.ts";
import { RequestError } from "../request-error.ts";

/** Letters with their marks, digits, and inside them spaces, hyphens and underscores. */
const allowed = /^[\p{L}\p{M}\p{N}_-](?:[\p{L}\p{M}\p{N} _-]*[\p{L}\p{M}\p{N}_-])?$/u;

/**
 * @param speakers names that the models' own speakers have
 * @throws RequestError
 */
export function checkVoiceName(given: string, speakers: readonly string[] = []): string {
  const name = tidy(given);
  const length = [...name].length;
  if (length > limits.voiceNameLength || !allowed.test(name)) {
    throw new RequestError(
      "invalid_request",
      `'${shorten(name)}' cannot be the name of a voice: take 1 to ${limits.voiceNameLength} letters of any script, ` +
        "digits, spaces, - and _.",
    );
  }
  const taken = [...publishedSpeakers.map((speaker) => speaker.name), ...speakers];
  if (!taken.some((speaker) => voiceKey(speaker) === voiceKey(name))) return name;
  throw new RequestError(
    "invalid_request",
    `'${name}' is the name of a speaker. Choose another one for the voice.`,
  );
}

/** Two names with the same key are one name. */
export function voiceKey(name: string): string {
  return tidy(name).toLowerCase().normalize("NFC");
}

/** Spelled alike on every system and of a bounded length; what can be read of it is for people. */
export function voiceFolder(name: string): string {
  const key = voiceKey(name);
  const readable = key.replaceAll(/[^a-z0-9]+/g, "-").slice(0, 32);
  const hash = createHash("sha256").update(key).digest("hex").slice(0, 24);
  return `${readable}-${hash}`.replace(/^-+/, "");
}

function tidy(name: string): string {
  return name.toWellFormed().normalize("NFC").trim();
}
