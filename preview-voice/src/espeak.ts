// eSpeak NG as a pure function: one segment of clean text and a voice in, 16-bit samples out. The same
// segment gives the same samples, bit for bit, whatever was spoken before. Synchronous: it belongs into
// a worker thread. Knows nothing of requests, of languages by their names or of the protocol.
import load from "@echogarden/espeak-ng-emscripten";
import type { EspeakModule, EspeakWorker } from "@echogarden/espeak-ng-emscripten";

export const sampleRate = 22050;

/** How one segment is spoken. */
export type EspeakVoice = {
  /** A voice and a variant of eSpeak NG: "en-us+m3". */
  name: string;
  wordsPerMinute: number;
  /** 0..99; 50 is the voice's own. */
  pitch: number;
  /** 0..99, how much the pitch moves; 50 is the voice's own. */
  range: number;
};

const fullVolume = 100;
/** Spoken once before the snapshot, with the clause mark and the pause that it must get through. */
const firstWords = "One, two. Three";
const firstVoice: EspeakVoice = { name: "en-us", wordsPerMinute: 150, pitch: 50, range: 50 };

export class Espeak {
  readonly #module: EspeakModule;
  readonly #worker: EspeakWorker;
  readonly #fresh: Uint8Array;

  private constructor(module: EspeakModule) {
    this.#module = module;
    this.#worker = new module.eSpeakNGWorker();
    // A snapshot from before the first synthesis makes every later one end in the middle of its text:
    // eSpeak NG sets up a part of its state, outside of its memory, while it speaks for the first time.
    this.#synthesize(firstWords, firstVoice, () => false);
    this.#fresh = usedPart(module.HEAPU8);
  }

  /** Load the engine and its data: about 100 ms and 100 MB. */
  static async load(): Promise<Espeak> {
    // Its complaints must not reach stdout, which carries frames.
    const toStderr = (line: string) => void process.stderr.write(`espeak-ng: ${line}\n`);
    return new Espeak(await load({ print: toStderr, printErr: toStderr }));
  }

  /**
   * Speak one segment. `onAudio` gets pieces of up to 2206 samples as they are made and stops the
   * synthesis by returning true.
   * @param ssml clean text, see `speakable.ts`
   * @throws Error when eSpeak NG does not have the voice
   */
  speak(
    ssml: string,
    voice: EspeakVoice,
    onAudio: (samples: Int16Array<ArrayBuffer>) => boolean,
  ): void {
    this.#forget();
    this.#synthesize(ssml, voice, onAudio);
  }

  #synthesize(
    ssml: string,
    voice: EspeakVoice,
    onAudio: (samples: Int16Array<ArrayBuffer>) => boolean,
  ): void {
    const code = this.#worker.set_voice(voice.name, "", 0, 0, 0);
    if (code !== 0) throw new Error(`eSpeak NG has no voice '${voice.name}' (code ${code})`);
    this.#worker.set_rate(voice.wordsPerMinute);
    this.#worker.set_pitch(voice.pitch);
    this.#worker.set_range(voice.range);
    this.#worker.set_volume(fullVolume);
    this.#worker.synthesize(ssml, (samples) =>
      samples !== null && samples.length > 0 ? onAudio(samples) : false,
    );
  }

  // eSpeak NG carries state from one text to the next (flutter, phases, dictionaries, noise), so that
  // a second call sounds a little different. Its memory is put back to what it was after loading:
  // 1 MB to copy and 16 MB to clear, about 1 ms.
  #forget(): void {
    const memory = this.#module.HEAPU8;
    memory.set(this.#fresh);
    memory.fill(0, this.#fresh.length);
  }
}

/** A copy of `memory` without the zeros at its end. */
function usedPart(memory: Uint8Array): Uint8Array {
  let length = memory.length;
  while (length > 0 && memory[length - 1] === 0) length--;
  return memory.slice(0, length);
}
