// A SpeechModel for tests of the scheduler: tones whose pitch follows from text and seed. In: rows. Out:
// frames, and a record of every call, so that a test sees which rows were in which step.
import { setImmediate as nextTurn } from "node:timers/promises";
import { EngineError } from "../engine-error.ts";
import type { CodeFrame, RowRequest, SpeechModel, StepResult } from "../scheduler/speech-model.ts";

export type ToneRow = {
  readonly text: string;
  readonly pitch: number;
  readonly frames: number;
  readonly maxFrames: number;
  made: number;
  decoded: number;
  prefills: number;
  closed: boolean;
};

const sampleRate = 24_000;
const frameSamples = 480;
const speakers = ["Tone", "Other"];

export class ToneModel implements SpeechModel<ToneRow> {
  readonly description: SpeechModel<ToneRow>["description"] = {
    id: "tones",
    label: "Tones",
    sampleRate,
    speakers: speakers.map((name) => ({ name, description: "", nativeLanguage: "English" })),
    languages: ["English"],
    instruct: { honoured: true },
    sampling: { honoured: true },
  };
  readonly frameSamples = frameSamples;
  /** The texts of the rows of each step. */
  readonly steps: string[][] = [];
  readonly calls: { text: string; frames: number }[] = [];
  opened = 0;
  closed = 0;
  /** Called before each step; may throw, or hold the step up. */
  beforeStep: () => void | Promise<void> = () => undefined;
  /** Called before each codec call with its row's text; as `beforeStep`. */
  beforeDecode: (text: string) => void | Promise<void> = () => undefined;

  openRow({ text, voice, language, seed, limits }: RowRequest): ToneRow {
    const known = voice.kind === "preset" && speakers.includes(voice.speaker);
    if (!known || !["English", "Auto"].includes(language)) {
      throw new EngineError("unsupported", "No such voice or language.");
    }
    this.opened += 1;
    let pitch = 100 + (seed % 50);
    for (const character of text) pitch = (pitch * 31 + character.codePointAt(0)!) % 997;
    const { maxSeconds = Infinity, maxFrames = Infinity } = limits;
    return {
      text,
      pitch: 100 + pitch,
      frames: 3 + Math.floor(text.length / 8),
      maxFrames: Math.min(maxFrames, Math.floor((maxSeconds * sampleRate) / frameSamples)),
      made: 0,
      decoded: 0,
      prefills: 0,
      closed: false,
    };
  }

  async prefill(row: ToneRow): Promise<"more" | "done"> {
    await nextTurn();
    this.#expectOpen(row);
    row.prefills += 1;
    return row.prefills < 2 ? "more" : "done";
  }

  async step(rows: readonly ToneRow[]): Promise<StepResult[]> {
    for (const row of rows) this.#expectOpen(row);
    this.steps.push(rows.map(({ text }) => text));
    await this.beforeStep();
    await nextTurn();
    return rows.map((row): StepResult => {
      if (row.made >= row.frames) return { kind: "end", reason: "stop" };
      if (row.made >= row.maxFrames) return { kind: "end", reason: "length" };
      return { kind: "frame", codes: [row.pitch, row.made++] };
    });
  }

  async decode(row: ToneRow, frames: readonly CodeFrame[]): Promise<Float32Array> {
    await this.beforeDecode(row.text);
    await nextTurn();
    this.#expectOpen(row);
    this.calls.push({ text: row.text, frames: frames.length });
    const samples = new Float32Array(frames.length * frameSamples);
    for (let i = 0; i < samples.length; i++) {
      const [pitch, frame] = frames[Math.floor(i / frameSamples)] as [number, number];
      const position = frame * frameSamples + (i % frameSamples);
      samples[i] = Math.sin((2 * Math.PI * pitch * position) / sampleRate) / 2;
    }
    row.decoded += frames.length;
    return samples;
  }

  stagesMs(): Record<string, number> {
    return { tones: 1 };
  }

  closeRow(row: ToneRow): void {
    this.#expectOpen(row);
    row.closed = true;
    this.closed += 1;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #expectOpen(row: ToneRow): void {
    if (row.closed) throw new Error(`The row of '${row.text}' is used after its end`);
  }
}
