// One kept voice on the disk: a folder with voice.json, reference.wav and a prompt for each size of model that has spoken
// with it. In: the folder. Out: what is in it, checked each time it is read, and single files replaced whole. Knows
// no other voice, and no name but the one that is written inside.
import { open, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { VoicePrompt } from "qwen3-tts";
import { createWavEncoder } from "../encoders/wav-encoder.ts";
import { checkedPrompt, type KeptPrompt } from "./prompt-bytes.ts";
import { keptRecordingBytes, type Recording } from "./recording.ts";
import type { VoiceContents } from "./voice-file.ts";
import { isMissing, listFolders, replaceFile, type NamedBytes } from "./voice-folders.ts";
import { voiceFolder } from "./voice-name.ts";
import { damagedVoice, readVoice, writeVoice, type Voice } from "./voice.ts";

export type KeptVoice = Voice & {
  /** Of the models that a prompt is kept for. */
  sizes: string[];
  /** Of the reference. */
  bytes: number;
};

const names = { voice: "voice.json", reference: "reference.wav" };
const promptFile = (size: string): string => `prompt-${size}.json`;
const promptName = /^prompt-(\d{1,2}\.\dB)\.json$/;
const maxVoiceBytes = 64 * 1024;
const maxPromptBytes = 1024 * 1024;

/** What a new folder gets. */
export function newVoiceFiles({ voice, reference, prompts }: VoiceContents): NamedBytes {
  return [
    [names.voice, writeVoice(voice)],
    [names.reference, reference],
    ...[...prompts].map(([size, bytes]) => [promptFile(size), bytes] as const),
  ];
}

/** Every sample as it is. */
export function wavBytes({ samples, sampleRate }: Recording): Buffer {
  const encoder = createWavEncoder(sampleRate, "f32");
  return Buffer.concat([encoder.header(samples.length), encoder.push(samples), encoder.flush()]);
}

export class VoiceFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Undefined: there is no voice. @throws RequestError if it is damaged */
  async read(): Promise<KeptVoice | undefined> {
    const voice = await this.voice();
    if (!voice) return undefined;
    if (voiceFolder(voice.name) !== basename(this.#folder)) {
      throw damagedVoice("its folder has another name");
    }
    const reference = await stat(this.#path(names.reference)).catch(() => undefined);
    if (!reference) throw damagedVoice("its recording is gone");
    return { ...voice, sizes: await this.#sizes(), bytes: reference.size };
  }

  /** Only what is written of it. @throws RequestError */
  async voice(): Promise<Voice | undefined> {
    const json = await readBounded(this.#path(names.voice), maxVoiceBytes);
    return json && readVoice(json.toString("utf8"));
  }

  /** @throws RequestError */
  reference(): Promise<Buffer | undefined> {
    return readBounded(this.#path(names.reference), keptRecordingBytes);
  }

  /** Those that fit the voice as it is. @throws RequestError */
  async prompts(voice: Voice): Promise<Map<string, Uint8Array>> {
    const prompts = new Map<string, Uint8Array>();
    for (const size of await this.#sizes()) {
      const prompt = await this.prompt(voice, size);
      if (prompt) prompts.set(size, prompt.data);
    }
    return prompts;
  }

  /** A damaged one is as good as none: it is made from the recording again. */
  async prompt(voice: Voice, size: string): Promise<VoicePrompt | undefined> {
    const bytes = await readBounded(this.#path(promptFile(size)), maxPromptBytes);
    return bytes && checkedPrompt({ size, data: bytes }, voice);
  }

  replaceVoice(voice: Voice): Promise<void> {
    return replaceFile(this.#path(names.voice), writeVoice(voice));
  }

  replaceReference(recording: Recording): Promise<void> {
    return replaceFile(this.#path(names.reference), wavBytes(recording));
  }

  replacePrompt({ size, data }: KeptPrompt): Promise<void> {
    return replaceFile(this.#path(promptFile(size)), data);
  }

  async #sizes(): Promise<string[]> {
    const files = await listFolders(this.#folder);
    return files.flatMap((file) => promptName.exec(file)?.[1] ?? []);
  }

  #path(file: string): string {
    return join(this.#folder, file);
  }
}

/** @returns nothing where there is no such file. @throws RequestError */
async function readBounded(path: string, maxBytes: number): Promise<Buffer | undefined> {
  const file = await open(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw unreadable(error);
  });
  if (!file) return undefined;
  try {
    const found = await file.stat();
    if (!found.isFile()) throw damagedVoice("one of its files is none");
    if (found.size > maxBytes) throw damagedVoice("one of its files is too large");
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** One voice that this user may not read, or a link in a circle: the others are none the worse for it. */
function unreadable(error: unknown): unknown {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (!["EACCES", "EPERM", "ELOOP", "EISDIR"].includes(code)) return error;
  return damagedVoice(`one of its files cannot be read (${code})`);
}
