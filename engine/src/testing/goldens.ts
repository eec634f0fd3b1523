// What the official package says about the tiny checkpoints, from engine/test. In: the kind of case. Out: its
// cases and the waveforms that belong to them. The format is described beside the files.
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const testFolder = new URL("../../test/", import.meta.url);

/** Every `stride`-th of `samples` samples, in a file. */
export type GoldenWave = { file: string; sampleRate: number; samples: number; stride: number };

export type GoldenDecode = {
  name: string;
  checkpoint: string;
  codes: number[][];
  wave: GoldenWave;
};

export type GoldenSpeech = GoldenDecode & { referenceCodes?: number[][] };

export type GoldenEncode = {
  name: string;
  checkpoint: string;
  /** A path inside the fixtures, `repeat` times end to end. */
  audio: string;
  repeat: number;
  sampleRate: number;
  /** The clip at the codec's rate, where the recording has another. */
  resampled?: GoldenWave;
  codes: number[][];
};

/** Files in every sample format; `file` and `samples` (float32) are base64. */
export type GoldenWavs = {
  cases: { name: string; file: string; sampleRate: number; samples: string }[];
};

/** `testNoise` of so many samples at `from`; every `stride`-th sample at `to` is in `resampled` (float32, base64). */
export type GoldenResamplings = {
  to: number;
  stride: number;
  cases: { from: number; samples: number; length: number; resampled: string }[];
};

export type GoldenMel = { audio: string; bands: { file: string; shape: [number, number] } };

type Goldens = {
  "codec-decode": GoldenDecode;
  speech: GoldenSpeech;
  encode: GoldenEncode;
  wav: GoldenWavs;
  resample: GoldenResamplings;
  mel: GoldenMel;
};

export async function readGoldens<Kind extends keyof Goldens>(
  kind: Kind,
): Promise<Goldens[Kind][]> {
  const files = (await readdir(new URL("goldens/", testFolder))).filter((file) =>
    file.endsWith(".json"),
  );
  const cases = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(new URL(`goldens/${file}`, testFolder), "utf8");
      return {
        name: file.replace(/\.json$/, ""),
        ...(JSON.parse(text) as Record<string, unknown>),
      };
    }),
  );
  return cases.filter((golden) => "kind" in golden && golden.kind === kind) as Goldens[Kind][];
}

/** The samples or numbers that the file has. */
export async function readGoldenWave({ file }: { file: string }): Promise<Float32Array> {
  return floatsIn(await readFile(new URL(`goldens/${file}`, testFolder)));
}

export function floatsIn(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

/** White noise of whole numbers, as reference/audio_goldens.py makes it. */
export function testNoise(samples: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: samples }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}

const wavHeaderBytes = 44;

/** The clip as the encoder is given it. The recordings are plain WAV files of 16 bits. */
export async function readGoldenClip(golden: GoldenEncode): Promise<Float32Array> {
  if (golden.resampled) return readGoldenWave(golden.resampled);
  const bytes = await readFile(fixturePath(golden.audio));
  const clip = new Int16Array(Uint8Array.from(bytes.subarray(wavHeaderBytes)).buffer);
  const samples = new Float32Array(clip.length * golden.repeat);
  return samples.map((_, i) => clip[i % clip.length]! / 2 ** 15);
}

export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, testFolder));
}
