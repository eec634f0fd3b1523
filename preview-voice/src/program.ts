// The program between the protocol and the threads. In: commands. Out: frames. Speaks the segments of
// all requests in fair turns on a few threads, and for each request only as far ahead as its consumer
// has given credit for, plus the segment that is being spoken.
import { sampleRate } from "./espeak.ts";
import { JapaneseThread } from "./japanese.ts";
import { CommandError, parseCommand, type Command, type Frame } from "./protocol.ts";
import { toSsml } from "./speakable.ts";
import { voiceOf } from "./speakers.ts";
import { SpokenRequest, type Segment } from "./spoken-request.ts";
import type { SynthesisJob } from "./synthesis-messages.ts";
import { SynthesisThread, type SegmentResult } from "./synthesis-thread.ts";
import { nextInterrupted, nextTurn, type Turn } from "./turns.ts";

/** A clip is never shorter: a text may have nothing in it that can be spoken. */
const shortestClipSamples = Math.round(sampleRate * 0.1);
/** A listener with so much audio can wait for a turn of everybody else. */
const enoughSamples = Math.round(sampleRate * 0.6);

export class Program {
  readonly #cores: number;
  readonly #send: (frame: Frame) => void;
  readonly #threads = new Set<SynthesisThread>();
  readonly #japanese = new JapaneseThread();
  readonly #requests = new Map<number, SpokenRequest>();
  /** Requests with a segment on a thread, or on its way there. */
  readonly #speaking = new Map<SpokenRequest, SynthesisThread | null>();

  constructor(cores: number, send: (frame: Frame) => void) {
    this.#cores = cores;
    this.#send = send;
  }

  /** Load the first thread, so that the first request is quick. The others come when somebody waits for one. */
  async start(): Promise<void> {
    await this.#addThread().ready;
    this.#send({ kind: "ready", sampleRate });
  }

  /** One line of stdin. */
  obey(line: string): void {
    try {
      this.#follow(parseCommand(line));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.#send({ kind: "error", id: error.id, message: error.message });
    }
  }

  #follow(command: Command): void {
    const request = this.#requests.get(command.id);
    switch (command.kind) {
      case "speak":
        if (request) throw new CommandError(command.id, `Request ${command.id} is being spoken.`);
        this.#requests.set(command.id, new SpokenRequest(command));
        break;
      case "credit":
        request?.grant(command.samples);
        if (request) this.#deliver(request);
        break;
      case "cancel":
        if (request) this.#drop(request);
        break;
      default:
        command satisfies never;
    }
    this.#advance();
  }

  #advance(): void {
    for (;;) {
      const turn = nextTurn(this.#turns());
      if (turn === undefined) return;
      if (this.#speaking.size >= this.#places) break;
      this.#speakNext(this.#requests.get(turn.id)!);
    }
    this.#addPlace();
    this.#interruptOne();
  }

  /** One for each thread that can speak at once; without any, for the one that is on its way. */
  get #places(): number {
    return Math.max(1, [...this.#threads].filter((thread) => thread.loaded).length);
  }

  /** Loading takes a core for half a second: one after the other, so that it does not hold up those that speak. */
  #addPlace(): void {
    if (this.#threads.size >= this.#cores) return;
    if ([...this.#threads].some((thread) => !thread.loaded)) return;
    this.#addThread().ready.then(
      () => this.#advance(),
      () => undefined, // the others go on
    );
  }

  /** Let somebody who has heard nothing yet go before a segment that can wait. */
  #interruptOne(): void {
    const turns = this.#turns();
    const waiting = turns.filter((turn) => turn.willing && !turn.background && turn.turns === 0);
    const running = [...this.#speaking].filter(([one, thread]) => thread && this.#isCurrent(one));
    const stopping = running.filter(([, thread]) => thread!.stopping);
    if (stopping.length >= waiting.length) return;
    const speaking = running.map(([request]) => request.speaking);
    const chosen = nextInterrupted(turns, speaking, enoughSamples);
    const request = chosen && this.#requests.get(chosen.id);
    if (!request) return;
    request.interrupt();
    this.#speaking.get(request)!.stop();
  }

  #turns(): Turn[] {
    return [...this.#requests.values()].map((request) => request.turn);
  }

  #speakNext(request: SpokenRequest): void {
    const segment = request.takeSegment();
    this.#speaking.set(request, null);
    this.#prepare(request, segment).then(
      (job) => this.#run(request, job),
      (error: unknown) => this.#over(request, { kind: "failed", message: String(error) }),
    );
  }

  async #prepare(request: SpokenRequest, segment: Segment): Promise<Omit<SynthesisJob, "job">> {
    const { text, language, pauseMs } = segment;
    const read = language === "Japanese" ? await this.#japanese.read(text) : text;
    return { ssml: toSsml(read), voice: voiceOf(request.command.speaker, language), pauseMs };
  }

  #run(request: SpokenRequest, job: Omit<SynthesisJob, "job">): void {
    if (!this.#isCurrent(request)) {
      this.#over(request, { kind: "stopped" });
      return;
    }
    const thread = this.#freeThread();
    this.#speaking.set(request, thread);
    thread.run(job, {
      onAudio: (samples) => {
        if (!this.#isCurrent(request)) return;
        request.add(samples);
        this.#deliver(request);
        if (this.#speaking.size >= this.#places) this.#interruptOne();
      },
      onDone: (result) => this.#over(request, result),
    });
  }

  /** The thread, if it got that far, is done with its segment. */
  #over(request: SpokenRequest, result: SegmentResult): void {
    this.#speaking.delete(request);
    request.segmentOver(result.kind === "spoken");
    if (this.#isCurrent(request)) {
      if (result.kind === "failed") this.#fail(request, result.message);
      else this.#deliver(request);
    }
    this.#advance();
  }

  #isCurrent(request: SpokenRequest): boolean {
    return this.#requests.get(request.command.id) === request;
  }

  #deliver(request: SpokenRequest): void {
    const { id } = request.command;
    if (request.spoken) request.fillUp(shortestClipSamples);
    for (const samples of request.takeAudio()) this.#send({ kind: "audio", id, samples });
    if (!request.delivered) return;
    this.#requests.delete(id);
    this.#send({ kind: "end", id });
  }

  #fail(request: SpokenRequest, message: string): void {
    this.#requests.delete(request.command.id);
    this.#send({ kind: "error", id: request.command.id, message });
  }

  #drop(request: SpokenRequest): void {
    this.#requests.delete(request.command.id);
    this.#speaking.get(request)?.stop();
  }

  /** There are as many threads as places; where the last has died, it is replaced. */
  #freeThread(): SynthesisThread {
    const free = [...this.#threads].filter((thread) => !thread.busy);
    return free.find((thread) => thread.loaded) ?? free[0] ?? this.#addThread();
  }

  #addThread(): SynthesisThread {
    const thread: SynthesisThread = new SynthesisThread(() => this.#threads.delete(thread));
    this.#threads.add(thread);
    return thread;
  }
}
