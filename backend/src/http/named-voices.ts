// Which kept voices a body speaks with. In: a body that nobody has checked, and the store. Out: what the check of the
// body, which cannot wait for the disk, needs to know of them. A model's own speaker comes before a voice of that name.
import { RequestError } from "../request-error.ts";
import { voiceKey } from "../voices/voice-name.ts";
import type { ServerParts } from "./server.ts";
import { presetNames } from "./speakers.ts";

export type NamedVoices = {
  /** A speaker as somebody wrote it -> the voice's name, or null if it is none. @throws RequestError if it is damaged */
  find: (speaker: string | undefined) => string | null;
  /** All that are kept, for whoever named one that is not; empty where nobody did. */
  names: readonly string[];
};

/** @param bodies of speech, as they came */
export async function namedVoices(
  bodies: readonly unknown[],
  { voices, engine }: Pick<ServerParts, "voices" | "engine">,
): Promise<NamedVoices> {
  const presets = new Set(presetNames(engine.status()).map(voiceKey));
  const wanted = new Set(bodies.flatMap(speakerOf).map(voiceKey));
  const found = new Map<string, string | RequestError>();
  for (const key of wanted) {
    if (presets.has(key)) continue;
    const name = await nameOf(key, voices);
    if (name !== undefined) found.set(key, name);
  }
  const find: NamedVoices["find"] = (speaker) => {
    const name = speaker === undefined ? undefined : found.get(voiceKey(speaker));
    if (name instanceof RequestError) throw name;
    return name ?? null;
  };
  const isMissing = [...wanted].some((key) => !presets.has(key) && !found.has(key));
  const kept = isMissing ? await voices.list() : [];
  return { find, names: kept.map(({ name }) => name) };
}

function speakerOf(body: unknown): string[] {
  if (typeof body !== "object" || body === null || !("speaker" in body)) return [];
  return typeof body.speaker === "string" ? [body.speaker] : [];
}

async function nameOf(
  key: string,
  voices: ServerParts["voices"],
): Promise<string | RequestError | undefined> {
  try {
    return (await voices.find(key))?.name;
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
}
