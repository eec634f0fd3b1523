// Types of the part of @echogarden/espeak-ng-emscripten that is used here; the package ships none.
declare module "@echogarden/espeak-ng-emscripten" {
  export interface EspeakWorker {
    /** 0 on success. On failure the old voice stays. */
    set_voice(name: string, language: string, gender: number, age: number, variant: number): number;
    /** Words a minute, 80..450. */
    set_rate(wordsPerMinute: number): void;
    /** 0..99, 50 is the voice's own. */
    set_pitch(pitch: number): void;
    set_range(range: number): void;
    set_volume(volume: number): void;
    /** Returns when all is spoken; the callback ends it early by returning true. */
    synthesize(ssml: string, onAudio: (samples: Int16Array<ArrayBuffer> | null) => boolean): void;
  }
  export interface EspeakModule {
    HEAPU8: Uint8Array;
    eSpeakNGWorker: new () => EspeakWorker;
  }
  export interface EspeakOptions {
    print: (line: string) => void;
    printErr: (line: string) => void;
  }
  export default function load(options: EspeakOptions): Promise<EspeakModule>;
}
