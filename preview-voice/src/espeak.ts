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
/** The longest segment in UTF-8. `segments.ts` cuts long before it. */
export const maxSsmlBytes = 8 * 1024;
/** 2 ms. */
const slopeSamples = Math.round(sampleRate / 500);
const anyVoice: EspeakVoice = { name: "en-us", wordsPerMinute: 150, pitch: 50, range: 50 };

export class Espeak {
  readonly #module: EspeakModule;
  readonly #worker: EspeakWorker;
  readonly #fresh: Uint8Array;

  private constructor(module: EspeakModule) {
    this.#module = module;
    this.#worker = atTimeZero(() => new module.eSpeakNGWorker());
    this.#reserveTextBuffer();
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
   * @throws RangeError when the text has more than `maxSsmlBytes`
   * @throws Error when eSpeak NG refuses the voice; names that it does not know it takes, and is silent
   */
  speak(
    ssml: string,
    voice: EspeakVoice,
    onAudio: (samples: Int16Array<ArrayBuffer>) => boolean,
  ): void {
    const bytes = Buffer.byteLength(ssml);
    if (bytes > maxSsmlBytes) throw new RangeError(`A segment of ${bytes} bytes is too long`);
    this.#forget();
    this.#setVoice(voice);
    const clip = { started: false, stopped: false, last: 0 };
    this.#worker.synthesize(ssml, (samples) => {
      if (samples === null || samples.length === 0) return false;
      const first = clip.started ? 0 : samples[0]!;
      clip.started = true;
      clip.last = samples.at(-1)!; // before `onAudio`, which may give the samples away
      clip.stopped = (first !== 0 && onAudio(slope(0, first))) || onAudio(samples);
      return clip.stopped;
    });
    if (clip.last !== 0 && !clip.stopped) onAudio(slope(clip.last, 0));
  }

  #setVoice(voice: EspeakVoice): void {
    const code = this.#worker.set_voice(voice.name, "", 0, 0, 0);
    if (code !== 0) throw new Error(`eSpeak NG has no voice '${voice.name}' (code ${code})`);
    this.#worker.set_rate(voice.wordsPerMinute);
    this.#worker.set_pitch(voice.pitch);
    this.#worker.set_range(voice.range);
    this.#worker.set_volume(fullVolume);
  }

  // The module hands texts over in a buffer of eSpeak NG's memory that it remembers outside of it, and
  // makes a larger one when a text does not fit. `#forget` would free that one under its feet: then a
  // text is overwritten while it is read, and is cut short or never ends. So the buffer gets its final
  // size before the snapshot: the first call finds it too small, the second one enlarges it.
  #reserveTextBuffer(): void {
    this.#setVoice(anyVoice);
    this.#worker.synthesize(" ".repeat(maxSsmlBytes), () => false);
    this.#setVoice(anyVoice);
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

/** Some clips begin or end beside zero, which would click where they are joined. */
function slope(from: number, to: number): Int16Array<ArrayBuffer> {
  return Int16Array.from({ length: slopeSamples }, (_, i) =>
    Math.round(from + ((to - from) * (i + 1)) / (slopeSamples + 1)),
  );
}

/** eSpeak NG seeds the noise of its breathy voices with the time at which it was loaded. */
function atTimeZero<T>(make: () => T): T {
  const { now } = Date;
  Date.now = () => 0;
  try {
    return make();
  } finally {
    Date.now = now;
  }
}

/** A copy of `memory` without the zeros at its end. */
function usedPart(memory: Uint8Array): Uint8Array {
  let length = memory.length;
  while (length > 0 && memory[length - 1] === 0) length--;
  return memory.slice(0, length);
}
