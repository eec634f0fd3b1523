// A SpeechModel for tests of the scheduler: tones whose pitch follows from text and seed, in syllables. In: rows. Out:
// frames, and a record of every call, so that a test sees which rows were in which step. The text "hum after 50" speaks
// for 50 frames and then runs away; "40 frames late" is silent for 40 frames first.
import { setImmediate as nextTurn } from "node:timers/promises";
import { EngineError } from "../engine-error.ts";
import type {
  CodeFrame,
  DecodeCall,
  ReadRequest,
  RowRequest,
  SpeechModel,
  StepResult,
} from "../scheduler/speech-model.ts";

export type ToneRow = {
  readonly text: string;
  readonly pitch: number;
  readonly frames: number;
  readonly maxFrames: number;
  readonly runaway: Runaway | undefined;
  /** Silent ones before the first sound. */
  readonly lateFrames: number;
  made: number;
  decoded: number;
  prefills: number;
  closed: boolean;
};

type Runaway = { kind: string; after: number };

const sampleRate = 24_000;
const frameSamples = 480;
const speakers = ["Tone", "Other"];
/** One value for each frame, over and over: no two neighbours are alike. */
const loudness = [0.5, 0.3, 0.15, 0.4, 0.2];
/** Frames of a loop. */
const loopFrames = 7;

function runawayIn(text: string): Runaway | undefined {
  const [, kind, after] = /^(hum|silence|loop) after (\d+)$/.exec(text) ?? [];
  return kind === undefined ? undefined : { kind, after: Number(after) };
}

export class ToneModel implements SpeechModel<ToneRow> {
  readonly description: SpeechModel<ToneRow>["description"] = {
    id: "tones",
    label: "Tones",
    variant: null,
    size: null,
    sampleRate,
    speakers: speakers.map((name) => ({ name, description: "", nativeLanguage: "English" })),
    languages: ["English"],
    instruct: { honoured: true },
    sampling: { honoured: true },
    clone: { honoured: false, reason: "Tones have no voices." },
    design: { honoured: false, reason: "Tones have no voices." },
  };
  readonly frameSamples = frameSamples;
  sharesSteps = true;
  /** The texts of the rows of each step. */
  readonly steps: string[][] = [];
  /** The texts of the parts of prompts that were taken in. */
  readonly prefills: string[] = [];
  readonly calls: { text: string; frames: number; dueMs: number; alone: boolean }[] = [];
  opened = 0;
  closed = 0;
  /** Called before each step; may throw, or hold the step up. */
  beforeStep: () => void | Promise<void> = () => undefined;
  /** Called before each codec call with its row's text; as `beforeStep`. */
  beforeDecode: (text: string) => void | Promise<void> = () => undefined;

  /** One position for each character, and one for each frame. */
  read(request: RowRequest): ReadRequest<ToneRow> {
    const { text, voice, language, limits } = request;
    const known = voice.kind === "preset" && speakers.includes(voice.speaker);
    if (!known || !["English", "Auto"].includes(language)) {
      throw new EngineError("unsupported", "No such voice or language.");
    }
    return { positions: text.length + (limits.maxFrames ?? 0), open: () => this.#open(request) };
  }

  #open({ text, seed, limits }: RowRequest): ToneRow {
    this.opened += 1;
    let pitch = 100 + (seed % 50);
    for (const character of text) pitch = (pitch * 31 + character.codePointAt(0)!) % 997;
    const { maxSeconds = Infinity, maxFrames = Infinity } = limits;
    const runaway = runawayIn(text);
    return {
      text,
      pitch: 100 + pitch,
      frames: runaway ? Infinity : 3 + Math.floor(text.length / 8),
      maxFrames: Math.min(maxFrames, Math.floor((maxSeconds * sampleRate) / frameSamples)),
      runaway,
      lateFrames: Number(/^(\d+) frames late/.exec(text)?.[1] ?? 0),
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
    this.prefills.push(row.text);
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
      return { kind: "frame", codes: [row.pitch, frameSaid(row)] };
    });
  }

  async decode(
    row: ToneRow,
    frames: readonly CodeFrame[],
    { dueMs, alone = false }: DecodeCall,
  ): Promise<Float32Array> {
    await this.beforeDecode(row.text);
    await nextTurn();
    this.#expectOpen(row);
    this.calls.push({ text: row.text, frames: frames.length, dueMs, alone });
    const samples = new Float32Array(frames.length * frameSamples);
    for (let i = 0; i < samples.length; i++) {
      const [pitch, frame] = frames[Math.floor(i / frameSamples)] as [number, number];
      const position = frame * frameSamples + (i % frameSamples);
      samples[i] = amplitude(row, frame) * Math.sin((2 * Math.PI * pitch * position) / sampleRate);
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

/** The number of the frame that is said next; a loop says the same ones again. */
function frameSaid(row: ToneRow): number {
  const { kind, after } = row.runaway ?? { kind: "none", after: 0 };
  const frame = row.made++;
  return kind === "loop" && frame > after ? after + ((frame - after) % loopFrames) : frame;
}

function amplitude({ runaway, lateFrames }: ToneRow, frame: number): number {
  if (frame < lateFrames) return 0;
  if (runaway && runaway.kind !== "loop" && frame >= runaway.after) {
    return runaway.kind === "hum" ? 0.1 : 0;
  }
  return loudness[frame % loudness.length]!;
}
