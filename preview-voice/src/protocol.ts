// What goes over stdin and stdout. In: lines of JSON. Out: frames of bytes. README.md has it in words.
import { isLanguageChoice, languages, type LanguageChoice } from "./languages.ts";
import { isSpeaker, speakers, type Speaker } from "./speakers.ts";

export type SpeakCommand = {
  kind: "speak";
  id: number;
  text: string;
  speaker: Speaker;
  language: LanguageChoice;
  /** Nobody listens while it is made: it gives way to requests that are listened to. */
  background: boolean;
};

export type Command =
  | SpeakCommand
  /** The consumer can take so many samples more. */
  | { kind: "credit"; id: number; samples: number }
  | { kind: "cancel"; id: number };

export type Frame =
  | { kind: "ready"; sampleRate: number }
  | { kind: "audio"; id: number; samples: Int16Array }
  | { kind: "end"; id: number }
  /** `id` 0: a line that could not be read. */
  | { kind: "error"; id: number; message: string };

const frameTypes = { ready: 1, audio: 2, end: 3, error: 4 } as const;
/** Type (1 byte), id (4), length of the payload (4); the numbers are little-endian. */
const headerBytes = 9;

export function encodeFrame(frame: Frame): Buffer {
  const payload = payloadOf(frame);
  const header = Buffer.alloc(headerBytes);
  header.writeUInt8(frameTypes[frame.kind], 0);
  header.writeUInt32LE(frame.kind === "ready" ? 0 : frame.id, 1);
  header.writeUInt32LE(payload.byteLength, 5);
  return Buffer.concat([header, payload]);
}

function payloadOf(frame: Frame): Uint8Array {
  switch (frame.kind) {
    case "ready":
      return Buffer.from(JSON.stringify({ sampleRate: frame.sampleRate }));
    case "audio": {
      const { buffer, byteOffset, byteLength } = frame.samples;
      return new Uint8Array(buffer, byteOffset, byteLength);
    }
    case "end":
      return new Uint8Array();
    case "error":
      return Buffer.from(JSON.stringify({ message: frame.message }));
    default:
      frame satisfies never;
      throw new TypeError("Unknown frame");
  }
}

/** What is wrong with a command; `id` is 0 when even that could not be read. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly id: number;

  constructor(id: number, message: string) {
    super(message);
    this.id = id;
  }
}

const maxId = 0xffff_ffff;

/** @throws CommandError */
export function parseCommand(line: string): Command {
  const json = parseObject(line);
  const { id } = json;
  if (!isInteger(id) || id < 1 || id > maxId) {
    throw new CommandError(0, `'id' must be an integer from 1 to ${maxId}.`);
  }
  return checkCommand(json, id);
}

function parseObject(line: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw new CommandError(0, "The line is not JSON.");
  }
  if (typeof json === "object" && json !== null) return json as Record<string, unknown>;
  throw new CommandError(0, "The line is not a JSON object.");
}

function checkCommand(json: Record<string, unknown>, id: number): Command {
  const { kind, samples } = json;
  switch (kind) {
    case "cancel":
      return { kind, id };
    case "credit":
      if (isInteger(samples) && samples > 0) return { kind, id, samples };
      throw new CommandError(id, "'samples' must be an integer above 0.");
    case "speak":
      return checkSpeak(json, id);
    default:
      throw new CommandError(id, "'kind' must be speak, credit or cancel.");
  }
}

function checkSpeak(json: Record<string, unknown>, id: number): SpeakCommand {
  const { text, speaker, language, background = false } = json;
  if (typeof text !== "string") throw new CommandError(id, "'text' must be a string.");
  if (typeof speaker !== "string" || !isSpeaker(speaker)) {
    throw new CommandError(id, `'speaker' must be one of ${speakers.join(", ")}.`);
  }
  if (typeof language !== "string" || !isLanguageChoice(language)) {
    throw new CommandError(id, `'language' must be Auto or one of ${languages.join(", ")}.`);
  }
  if (typeof background !== "boolean") {
    throw new CommandError(id, "'background' must be true or false.");
  }
  return { kind: "speak", id, text, speaker, language, background };
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
