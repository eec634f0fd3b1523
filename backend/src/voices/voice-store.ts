// The kept voices. In: a folder, and voices to keep in it. Out: what is there, read anew each time, so that the server
// and the command line see each other's. A voice is a folder of its own: voice.json, reference.wav and a prompt for
// each size of model that has spoken with it. Knows no model: whoever needs a prompt brings the one who makes it.
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import type { VoicePrompt } from "qwen3-tts";
import { createWavEncoder } from "../encoders/wav-encoder.ts";
import { limits } from "../protocol.ts";
import { RequestError } from "../request-error.ts";
import { shorten } from "../model-choice.ts";
import { checkedPrompt, type KeptPrompt } from "./prompt-bytes.ts";
import {
  readRecording,
  keptRecordingBytes,
  withClosingSilence,
  type Recording,
} from "./recording.ts";
import { readVoiceFile, writeVoiceFile } from "./voice-file.ts";
import {
  addFolder,
  isMissing,
  listFolders,
  removeFolder,
  replaceFile,
  type NamedBytes,
} from "./voice-folders.ts";
import { checkVoiceName, voiceFolder } from "./voice-name.ts";
import { damagedVoice, readVoice, writeVoice, type Voice } from "./voice.ts";

export type KeptVoice = Voice & {
  /** Of the models that a prompt is kept for. */
  sizes: string[];
  /** Of the reference. */
  bytes: number;
};

/** What a new voice is made of; what it is called is checked. */
export type NewVoice = Omit<Voice, "created" | "seconds"> & { recording: Recording };

export type PromptMaker = (recording: Recording, transcript: string | null) => Promise<VoicePrompt>;

export type VoiceStoreOptions = {
  home: string;
  /** A folder that cannot be read is passed over; somebody should know. */
  onDamaged: (folder: string, reason: string) => void;
};

const files = { voice: "voice.json", reference: "reference.wav" };
const promptFile = (size: string): string => `prompt-${size}.json`;
const promptName = /^prompt-(\d{1,2}\.\dB)\.json$/;
const maxVoiceBytes = 64 * 1024;
const maxPromptBytes = 1024 * 1024;

export class VoiceStore {
  readonly #home: string;
  readonly #onDamaged: VoiceStoreOptions["onDamaged"];
  readonly #toldOf = new Set<string>();
  /** Prompts that are being read or made, so that requests that came together make one. */
  readonly #making = new Map<string, Promise<VoicePrompt>>();
  /** Changes follow each other: the number of voices is bounded. */
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor({ home, onDamaged }: VoiceStoreOptions) {
    this.#home = home;
    this.#onDamaged = onDamaged;
  }

  /** In the order of their names. */
  async list(): Promise<KeptVoice[]> {
    const voices: KeptVoice[] = [];
    for (const folder of await listFolders(this.#home)) {
      try {
        const voice = await this.#read(folder);
        if (voice) voices.push(voice);
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        this.#tellDamaged(folder, error.message);
      }
    }
    return voices.sort((a, b) => a.name.localeCompare(b.name));
  }

  async find(name: string): Promise<KeptVoice | undefined> {
    return this.#read(voiceFolder(name));
  }

  /** @throws RequestError */
  async get(name: string): Promise<KeptVoice> {
    const voice = await this.find(name);
    if (voice) return voice;
    throw noVoice(name);
  }

  /** Before work is done for a voice that could not be kept. @throws RequestError */
  async checkFree(name: string): Promise<void> {
    const names = await listFolders(this.#home);
    if (names.includes(voiceFolder(name))) throw nameTaken(name);
    if (names.length >= limits.voices) throw tooMany();
  }

  /**
   * The same voice once more is no other one: whoever sends it again gets what is kept.
   * @throws RequestError
   */
  async add({ recording, ...given }: NewVoice): Promise<KeptVoice> {
    const heard = given.transcript === null ? recording : withClosingSilence(recording);
    const voice: Voice = {
      ...given,
      created: new Date().toISOString(),
      seconds: heard.samples.length / heard.sampleRate,
    };
    const checked = readVoice(writeVoice({ ...voice, name: checkVoiceName(voice.name) }));
    return this.#inTurn(() => this.#keep(checked, wavBytes(heard), []));
  }

  /** @throws RequestError */
  rename(name: string, newName: string): Promise<KeptVoice> {
    return this.#inTurn(async () => {
      const { voice, reference, prompts } = await this.#contents(name);
      const renamed = { ...voice, name: checkVoiceName(newName) };
      if (voiceFolder(name) === voiceFolder(newName)) {
        await replaceFile(this.#path(name, files.voice), writeVoice(renamed));
        return this.get(newName);
      }
      const added = await this.#keep(renamed, reference, promptFiles(prompts));
      await removeFolder(this.#home, voiceFolder(name));
      return added;
    });
  }

  /** What the recording says; null: only the timbre is to be taken. @throws RequestError */
  transcribe(name: string, transcript: string | null): Promise<KeptVoice> {
    return this.#inTurn(async () => {
      const voice = await this.#voice(name);
      const recording = await this.recording(name);
      const heard = transcript === null ? recording : withClosingSilence(recording);
      const seconds = heard.samples.length / heard.sampleRate;
      // A prompt knows its transcript: one of the old transcript is made anew.
      await replaceFile(this.#path(name, files.reference), wavBytes(heard));
      const changed = writeVoice({ ...voice, transcript, seconds });
      await replaceFile(this.#path(name, files.voice), changed);
      return this.get(name);
    });
  }

  /** @throws RequestError */
  remove(name: string): Promise<void> {
    return this.#inTurn(async () => {
      if (!(await removeFolder(this.#home, voiceFolder(name)))) throw noVoice(name);
    });
  }

  /** The WAV file of the reference, as the models hear it. @throws RequestError */
  async reference(name: string): Promise<Buffer> {
    const bytes = await readBounded(this.#path(name, files.reference), keptRecordingBytes);
    if (bytes) return bytes;
    throw (await this.find(name)) ? damagedVoice("its recording is gone") : noVoice(name);
  }

  /** @throws RequestError */
  async recording(name: string): Promise<Recording> {
    return readRecording(await this.reference(name), keptRecordingBytes);
  }

  /** Made once for a size of model, and kept. @throws RequestError, EngineError */
  async prompt(name: string, size: string, make: PromptMaker): Promise<VoicePrompt> {
    const voice = await this.get(name);
    const key = JSON.stringify([voiceFolder(name), size, voice.created, voice.transcript]);
    let prompt = this.#making.get(key);
    if (!prompt) {
      prompt = this.#keptOrMade(voice, size, make).finally(() => this.#making.delete(key));
      this.#making.set(key, prompt);
    }
    return prompt;
  }

  async #keptOrMade(voice: Voice, size: string, make: PromptMaker): Promise<VoicePrompt> {
    return (await this.#keptPrompt(voice, size)) ?? this.#makePrompt(voice, size, make);
  }

  /** All of a voice as one file. @throws RequestError */
  async export(name: string): Promise<Buffer> {
    return writeVoiceFile(await this.#contents(name));
  }

  /**
   * @param name instead of the one in the file
   * @param speakers names that a voice cannot have
   * @throws RequestError
   */
  async import(
    file: Uint8Array,
    { name, speakers = [] }: { name?: string | undefined; speakers?: readonly string[] } = {},
  ): Promise<KeptVoice> {
    const { voice, reference, prompts } = readVoiceFile(file);
    const named = { ...voice, name: checkVoiceName(name ?? voice.name, speakers) };
    return this.#inTurn(() => this.#keep(named, reference, promptFiles(prompts)));
  }

  async #keep(
    voice: Voice,
    reference: Buffer | Uint8Array,
    prompts: NamedBytes,
  ): Promise<KeptVoice> {
    const { name } = voice;
    const folder = voiceFolder(name);
    if (await this.#isKept(voice, reference)) return this.get(name);
    await this.checkFree(name);
    const contents: NamedBytes = [
      [files.voice, writeVoice(voice)],
      [files.reference, reference],
      ...prompts,
    ];
    if (await addFolder(this.#home, folder, contents)) return this.get(name);
    throw nameTaken(name); // by another process, a moment ago
  }

  async #isKept({ name, transcript }: Voice, reference: Uint8Array): Promise<boolean> {
    try {
      const present = await this.find(name);
      if (present?.name !== name || present.transcript !== transcript) return false;
      return Buffer.compare(await this.reference(name), reference) === 0;
    } catch (error) {
      if (error instanceof RequestError) return false; // a damaged one is another one
      throw error;
    }
  }

  async #read(folder: string): Promise<KeptVoice | undefined> {
    const path = join(this.#home, folder);
    const json = await readBounded(join(path, files.voice), maxVoiceBytes);
    if (!json) return undefined;
    const voice = readVoice(json.toString("utf8"));
    if (voiceFolder(voice.name) !== folder) throw damagedVoice("its folder has another name");
    const names = await listFolders(path);
    const sizes = names.flatMap((name) => promptName.exec(name)?.[1] ?? []);
    const reference = await stat(join(path, files.reference)).catch(() => undefined);
    if (!reference) throw damagedVoice("its recording is gone");
    return { ...voice, sizes, bytes: reference.size };
  }

  /** Only what is written of it. @throws RequestError */
  async #voice(name: string): Promise<Voice> {
    const json = await readBounded(this.#path(name, files.voice), maxVoiceBytes);
    if (!json) throw noVoice(name);
    return readVoice(json.toString("utf8"));
  }

  async #contents(name: string) {
    const voice = await this.#voice(name);
    const { sizes } = await this.get(name);
    const prompts = new Map<string, Uint8Array>();
    for (const size of sizes) {
      const prompt = await this.#keptPrompt(voice, size);
      if (prompt) prompts.set(size, prompt.data);
    }
    return { voice, reference: await this.reference(name), prompts };
  }

  /** A damaged one is as good as none: it is made from the recording again. */
  async #keptPrompt(voice: Voice, size: string): Promise<VoicePrompt | undefined> {
    const bytes = await readBounded(this.#path(voice.name, promptFile(size)), maxPromptBytes);
    return bytes && checkedPrompt({ size, data: bytes }, voice);
  }

  async #makePrompt(voice: Voice, size: string, make: PromptMaker): Promise<VoicePrompt> {
    const prompt = await make(await this.recording(voice.name), voice.transcript);
    await this.#inTurn(() => this.#keepPrompt(voice, { size, data: prompt.data }));
    return prompt;
  }

  /** Unless the voice is gone meanwhile, or another one has its name. */
  async #keepPrompt(voice: Voice, { size, data }: KeptPrompt): Promise<void> {
    try {
      const { created, transcript } = await this.#voice(voice.name);
      if (created !== voice.created || transcript !== voice.transcript) return;
      await replaceFile(this.#path(voice.name, promptFile(size)), data);
    } catch (error) {
      if (!(error instanceof RequestError) && !isMissing(error)) throw error;
    }
  }

  #path(name: string, file: string): string {
    return join(this.#home, voiceFolder(name), file);
  }

  /** Said once for each. */
  #tellDamaged(folder: string, reason: string): void {
    if (this.#toldOf.has(folder)) return;
    this.#toldOf.add(folder);
    this.#onDamaged(folder, reason);
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#lastChange.then(change);
    this.#lastChange = turn.catch(() => undefined);
    return turn;
  }
}

function promptFiles(prompts: ReadonlyMap<string, Uint8Array>): NamedBytes {
  return [...prompts].map(([size, bytes]) => [promptFile(size), bytes] as const);
}

/** Every sample as it is. */
function wavBytes({ samples, sampleRate }: Recording): Buffer {
  const encoder = createWavEncoder(sampleRate, "f32");
  return Buffer.concat([encoder.header(samples.length), encoder.push(samples), encoder.flush()]);
}

/** @returns nothing where there is no such file. @throws RequestError */
async function readBounded(path: string, maxBytes: number): Promise<Buffer | undefined> {
  const file = await open(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (!file) return undefined;
  try {
    if ((await file.stat()).size > maxBytes) throw damagedVoice("one of its files is too large");
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function noVoice(name: string): RequestError {
  return new RequestError(
    "not_found",
    `There is no voice '${shorten(name)}'. GET /v1/audio/voices or 'qwen-tts voices list' has the names.`,
  );
}

function nameTaken(name: string): RequestError {
  return new RequestError(
    "conflict",
    `There is a voice '${name}' already. Choose another name, or remove that one first.`,
  );
}

function tooMany(): RequestError {
  return new RequestError(
    "conflict",
    `There are ${limits.voices} voices already, which is the most. Remove one first.`,
  );
}
