// One request while it is spoken. In: its text and what its consumer can take. Out: its segments one
// after another, and the audio that may be sent. Knows nothing of threads and of other requests.
import { LanguageEvidence } from "./detect.ts";
import type { Language } from "./languages.ts";
import type { SpeakCommand } from "./protocol.ts";
import { nextCut, type Ending } from "./segments.ts";
import { clean, isSpeakable } from "./speakable.ts";
import type { Speaking, Turn } from "./turns.ts";

export type Segment = { text: string; language: Language; pauseMs: number };

/** The segment that is being spoken, or that was interrupted and has to be spoken again. */
type Current = {
  segment: Segment;
  /** Samples the thread has made of it, in its present turn. */
  made: number;
  /** Samples that an earlier turn has made: the same ones, so they are left out. */
  heard: number;
  interrupted: boolean;
};

/** What eSpeak NG itself pauses at such places inside a text. */
const pausesMs: Record<Ending, number> = { sentence: 390, clause: 190, word: 0, inside: 0 };

export class SpokenRequest {
  readonly command: SpeakCommand;
  /** Samples of the clip made so far, sent or not. */
  made = 0;
  readonly #evidence = new LanguageEvidence();
  #busy = false;
  #current: Current | null = null;
  #next: Segment | null;
  #position = 0;
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
    const hasSegment = this.#current !== null || this.#next !== null;
    const hasRoom = this.#credit > 0 && this.#held.length === 0;
    return { id, background, willing: !this.#busy && hasSegment && hasRoom, turns: this.#turns };
  }

  /** Only while a segment is being spoken. */
  get speaking(): Speaking {
    const { id, background } = this.command;
    const { made, interrupted } = this.#current!;
    return { id, background, samples: made, interrupted };
  }

  /** All of it is made. */
  get spoken(): boolean {
    return this.#current === null && this.#next === null;
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
    this.#turns += 1;
    this.#busy = true;
    const again = this.#current;
    this.#current = again
      ? { ...again, heard: Math.max(again.heard, again.made), made: 0 }
      : { segment: this.#advance(), made: 0, heard: 0, interrupted: false };
    return this.#current.segment;
  }

  /** Its segment is being stopped, to be spoken again later. */
  interrupt(): void {
    this.#current!.interrupted = true;
  }

  /** The thread is done with the segment. `complete`: none of its samples is missing. */
  segmentOver(complete: boolean): void {
    this.#busy = false;
    if (complete) this.#current = null;
  }

  /** What the thread made of the segment, piece after piece. */
  add(samples: Int16Array): void {
    const current = this.#current!;
    const known = Math.min(samples.length, Math.max(0, current.heard - current.made));
    current.made += samples.length;
    if (known < samples.length) this.#hold(samples.subarray(known));
  }

  /** Silence up to this length. */
  fillUp(lengthSamples: number): void {
    if (this.made < lengthSamples) this.#hold(new Int16Array(lengthSamples - this.made));
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

  #hold(samples: Int16Array): void {
    this.made += samples.length;
    this.#held.push(samples);
  }

  #advance(): Segment {
    const segment = this.#next!;
    this.#next = this.#cut();
    return this.#next === null ? { ...segment, pauseMs: 0 } : segment;
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
