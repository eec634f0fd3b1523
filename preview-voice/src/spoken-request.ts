// One request while it is spoken. In: its text and what its consumer can take. Out: its segments one
// after another, and the audio that may be sent. Knows nothing of threads and of other requests.
import { LanguageEvidence } from "./detect.ts";
import type { Language } from "./languages.ts";
import type { SpeakCommand } from "./protocol.ts";
import { nextCut, type Ending } from "./segments.ts";
import { clean, isSpeakable } from "./speakable.ts";
import type { Turn } from "./turns.ts";

export type Segment = { text: string; language: Language; pauseMs: number };

/** What eSpeak NG itself pauses at such places inside a text. */
const pausesMs: Record<Ending, number> = { sentence: 390, clause: 190, word: 0, inside: 0 };

export class SpokenRequest {
  readonly command: SpeakCommand;
  /** A segment of it is being spoken. */
  busy = false;
  /** Samples made so far, sent or not. */
  made = 0;
  readonly #evidence = new LanguageEvidence();
  #position = 0;
  #next: Segment | null;
  #turns = 0;
  #credit = 0;
  #held: Int16Array[] = [];

  constructor(command: SpeakCommand) {
    this.command = command;
    this.#evidence.add(command.text);
    this.#next = this.#cut();
  }

  get turn(): Turn {
    const { id, background } = this.command;
    const roomLeft = this.#credit > 0 && this.#held.length === 0;
    return {
      id,
      background,
      willing: !this.busy && this.#next !== null && roomLeft,
      turns: this.#turns,
    };
  }

  /** All of it is made. */
  get spoken(): boolean {
    return this.#next === null && !this.busy;
  }

  /** All of it is sent. */
  get delivered(): boolean {
    return this.spoken && this.#held.length === 0;
  }

  grant(samples: number): void {
    this.#credit += samples;
  }

  /** Only when its turn is willing. */
  takeSegment(): Segment {
    const segment = this.#next!;
    this.#turns += 1;
    this.busy = true;
    this.#next = this.#cut();
    return this.#next === null ? { ...segment, pauseMs: 0 } : segment;
  }

  add(samples: Int16Array): void {
    this.made += samples.length;
    this.#held.push(samples);
  }

  /** The audio that may be sent now. */
  takeAudio(): Int16Array[] {
    const pieces: Int16Array[] = [];
    while (this.#credit > 0 && this.#held.length > 0) {
      const piece = this.#held[0]!;
      const fits = piece.subarray(0, this.#credit);
      pieces.push(fits);
      this.#credit -= fits.length;
      if (fits.length === piece.length) this.#held.shift();
      else this.#held[0] = piece.subarray(fits.length);
    }
    return pieces;
  }

  /** The next segment with something to say in it. */
  #cut(): Segment | null {
    const { text, language } = this.command;
    for (;;) {
      const cut = nextCut(text, this.#position, true);
      if (cut === null) return null;
      const piece = clean(text.slice(this.#position, cut.end));
      this.#position = cut.end;
      if (!isSpeakable(piece)) continue;
      const spokenIn = this.#evidence.languageOf(piece, language);
      return { text: piece, language: spokenIn, pauseMs: pausesMs[cut.ending] };
    }
  }
}
