// The kept voices. In: a folder, and voices to keep in it. Out: what is there, read anew each time, so that the server
// and the command line see each other's. What a voice is on the disk is in voice-files.ts. Knows no model: whoever
// needs a prompt brings the one who makes it.
import { join } from "node:path";
import type { VoicePrompt } from "qwen3-tts";
import { limits } from "../protocol.ts";
import { RequestError } from "../request-error.ts";
import { shorten } from "../model-choice.ts";
import { KeptPrompts, type PromptMaker } from "./kept-prompts.ts";
import {
  adviceOn,
  keptRecordingBytes,
  readRecording,
  withClosingSilence,
  withoutClosingSilence,
  type Recording,
} from "./recording.ts";
import { readVoiceFile, writeVoiceFile, type VoiceContents } from "./voice-file.ts";
import { newVoiceFiles, VoiceFiles, wavBytes, type KeptVoice } from "./voice-files.ts";
import { addFolder, listFolders, removeFolder } from "./voice-folders.ts";
import { checkVoiceName, voiceFolder } from "./voice-name.ts";
import { damagedVoice, readVoice, writeVoice, type Voice } from "./voice.ts";

/** What a new voice is made of; what it is called is checked. */
export type NewVoice = Omit<Voice, "created" | "seconds"> & { recording: Recording };

export type VoiceStoreOptions = {
  home: string;
  /** A folder that cannot be read is passed over; somebody should know. */
  onDamaged: (folder: string, reason: string) => void;
};

export class VoiceStore {
  readonly #home: string;
  readonly #onDamaged: VoiceStoreOptions["onDamaged"];
  readonly #toldOf = new Set<string>();
  readonly #prompts: KeptPrompts;
  /** Changes follow each other: the number of voices is bounded. */
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor({ home, onDamaged }: VoiceStoreOptions) {
    this.#home = home;
    this.#onDamaged = onDamaged;
    this.#prompts = new KeptPrompts({
      filesOf: (name) => this.#filesOf(name),
      recordingOf: (name) => this.recording(name),
      inTurn: (change) => this.#inTurn(change),
    });
  }

  /** In the order of their names. */
  async list(): Promise<KeptVoice[]> {
    const voices: KeptVoice[] = [];
    for (const folder of await listFolders(this.#home)) {
      try {
        const voice = await this.#filesIn(folder).read();
        if (voice) voices.push(voice);
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        this.#tellDamaged(folder, error.message);
      }
    }
    return voices.sort((a, b) => a.name.localeCompare(b.name));
  }

  async find(name: string): Promise<KeptVoice | undefined> {
    return this.#filesOf(name).read();
  }

  /** @throws RequestError */
  async get(name: string): Promise<KeptVoice> {
    const voice = await this.find(name);
    if (voice) return voice;
    throw noVoice(name);
  }

  /**
   * Before work is done for a voice that could not be kept.
   * @param most so many there may be with it
   * @throws RequestError
   */
  async checkFree(name: string, most: number = limits.voices): Promise<void> {
    const folders = await listFolders(this.#home);
    if (folders.includes(voiceFolder(name))) throw nameTaken(name);
    if (folders.length >= most) throw tooMany();
  }

  /**
   * The same voice once more is no other one: whoever sends it again gets what is kept.
   * @throws RequestError
   */
  async add({ recording, ...given }: NewVoice): Promise<KeptVoice> {
    const heard = given.transcript === null ? recording : withClosingSilence(recording);
    const made: Voice = {
      ...given,
      created: new Date().toISOString(),
      seconds: heard.samples.length / heard.sampleRate,
    };
    const voice = readVoice(writeVoice({ ...made, name: checkVoiceName(made.name) }));
    const contents = { voice, reference: wavBytes(heard), prompts: new Map<string, Uint8Array>() };
    return this.#inTurn(() => this.#keep(contents));
  }

  /** @throws RequestError */
  rename(name: string, newName: string): Promise<KeptVoice> {
    return this.#inTurn(async () => {
      const contents = await this.#contents(name);
      const voice = { ...contents.voice, name: checkVoiceName(newName) };
      if (voiceFolder(name) === voiceFolder(newName)) {
        await this.#filesOf(name).replaceVoice(voice);
        return this.get(newName);
      }
      // Under its old name it is there as well for a moment.
      const renamed = await this.#keep({ ...contents, voice }, limits.voices + 1);
      await removeFolder(this.#home, voiceFolder(name));
      return renamed;
    });
  }

  /** What the recording says; null: only the timbre is to be taken. @throws RequestError */
  transcribe(name: string, transcript: string | null): Promise<KeptVoice> {
    return this.#inTurn(async () => {
      const files = this.#filesOf(name);
      const voice = await this.#written(name);
      const recording = await this.recording(name);
      const heard = transcript === null ? recording : withClosingSilence(recording);
      const seconds = heard.samples.length / heard.sampleRate;
      // A prompt knows its transcript: one of the old transcript is made anew.
      await files.replaceReference(heard);
      const advice = adviceOn(withoutClosingSilence(recording), transcript);
      await files.replaceVoice({ ...voice, transcript, seconds, advice });
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
    const bytes = await this.#filesOf(name).reference();
    if (bytes) return bytes;
    throw (await this.find(name)) ? damagedVoice("its recording is gone") : noVoice(name);
  }

  /** @throws RequestError */
  async recording(name: string): Promise<Recording> {
    return readRecording(await this.reference(name), keptRecordingBytes);
  }

  /** Made once for a size of model, and kept. @throws RequestError, EngineError */
  async prompt(name: string, size: string, make: PromptMaker): Promise<VoicePrompt> {
    return this.#prompts.get(await this.get(name), size, make);
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
    const contents = readVoiceFile(file);
    const { voice } = contents;
    const named = { ...voice, name: checkVoiceName(name ?? voice.name, speakers) };
    return this.#inTurn(() => this.#keep({ ...contents, voice: named }));
  }

  async #keep(contents: VoiceContents, most?: number): Promise<KeptVoice> {
    const { name } = contents.voice;
    if (await this.#isKept(contents)) return this.get(name);
    await this.checkFree(name, most);
    const files = newVoiceFiles(contents);
    if (await addFolder(this.#home, voiceFolder(name), files)) return this.get(name);
    throw nameTaken(name); // by another process, a moment ago
  }

  async #isKept({ voice: { name, transcript }, reference }: VoiceContents): Promise<boolean> {
    try {
      const present = await this.find(name);
      if (present?.name !== name || present.transcript !== transcript) return false;
      return Buffer.compare(await this.reference(name), reference) === 0;
    } catch (error) {
      if (error instanceof RequestError) return false; // a damaged one is another one
      throw error;
    }
  }

  /** @throws RequestError */
  async #contents(name: string): Promise<VoiceContents> {
    const voice = await this.#written(name);
    const prompts = await this.#filesOf(name).prompts(voice);
    return { voice, reference: await this.reference(name), prompts };
  }

  /** @throws RequestError */
  async #written(name: string): Promise<Voice> {
    const voice = await this.#filesOf(name).voice();
    if (voice) return voice;
    throw noVoice(name);
  }

  #filesOf(name: string): VoiceFiles {
    return this.#filesIn(voiceFolder(name));
  }

  #filesIn(folder: string): VoiceFiles {
    return new VoiceFiles(join(this.#home, folder));
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
