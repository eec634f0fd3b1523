// The preview program as a process: commands in, frames out. Starts it, reads its stdout, and says when
// it has ended. Knows nothing of requests. The protocol is described in preview-voice/README.md.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

export type PreviewCommand =
  | {
      kind: "speak";
      id: number;
      text: string;
      speaker: string;
      language: string;
      background: boolean;
    }
  | { kind: "credit"; id: number; samples: number }
  | { kind: "cancel"; id: number };

export type PreviewHandlers = {
  onReady: () => void;
  onAudio: (id: number, samples: Float32Array) => void;
  onEnd: (id: number) => void;
  onError: (id: number, message: string) => void;
  /** Once, also when it could not be started. */
  onExit: (cause: string) => void;
};

/** The program beside this package: built, or its source when this module is a source. */
export function previewProgramPath(): string {
  const extension = extname(import.meta.url);
  const folder = extension === ".ts" ? "src" : "dist";
  return fileURLToPath(
    new URL(`../../../../preview-voice/${folder}/main${extension}`, import.meta.url),
  );
}

const frameTypes = { ready: 1, audio: 2, end: 3, error: 4 };
const headerBytes = 9;
/** Of a payload. The program's own are far smaller; anything larger is no frame of it. */
const maxPayloadBytes = 2 ** 20;
const fullScale = 32_768;

export class PreviewProcess {
  readonly #child: ChildProcess;
  readonly #handlers: PreviewHandlers;
  #unread: Buffer[] = [];
  #unreadBytes = 0;
  #ended = false;

  constructor(program: string, handlers: PreviewHandlers) {
    this.#handlers = handlers;
    this.#child = spawn(process.execPath, [...process.execArgv, program], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.on("error", (error) => this.#end(error.message));
    this.#child.on("exit", (code, signal) => this.#end(signal ?? `exit code ${code ?? "unknown"}`));
    this.#child.stdin!.on("error", () => undefined); // it has ended: "exit" says so
    this.#child.stdout!.on("data", (bytes: Buffer) => this.#read(bytes));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(command: PreviewCommand): void {
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`);
  }

  /** Ends the process, whatever it does, and waits for it. */
  async kill(): Promise<void> {
    if (this.#child.pid === undefined) return;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  #end(cause: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#handlers.onExit(cause);
  }

  #read(bytes: Buffer): void {
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.byteLength;
    while (this.#unreadBytes >= headerBytes && !this.#ended) {
      const [joined] = (this.#unread = [Buffer.concat(this.#unread)]);
      const payloadBytes = joined!.readUInt32LE(5);
      if (payloadBytes > maxPayloadBytes) {
        this.#refuse();
        return;
      }
      const frameBytes = headerBytes + payloadBytes;
      if (joined!.byteLength < frameBytes) return;
      this.#unread = [joined!.subarray(frameBytes)];
      this.#unreadBytes -= frameBytes;
      this.#frame(
        joined!.readUInt8(0),
        joined!.readUInt32LE(1),
        joined!.subarray(headerBytes, frameBytes),
      );
    }
  }

  #frame(type: number, id: number, payload: Buffer): void {
    switch (type) {
      case frameTypes.ready:
        this.#handlers.onReady();
        break;
      case frameTypes.audio:
        this.#handlers.onAudio(id, toFloats(payload));
        break;
      case frameTypes.end:
        this.#handlers.onEnd(id);
        break;
      case frameTypes.error:
        this.#handlers.onError(id, messageOf(payload));
        break;
      default:
        this.#refuse();
    }
  }

  // Another program's output would be read as audio or wait for gigabytes.
  #refuse(): void {
    this.#child.kill("SIGKILL");
    this.#end("it sent something that is no frame");
  }
}

/** Of an error frame; as it is when it is not the JSON that it should be. */
function messageOf(payload: Buffer): string {
  const text = payload.toString();
  try {
    return String((JSON.parse(text) as { message: unknown }).message);
  } catch {
    return text;
  }
}

function toFloats(payload: Buffer): Float32Array {
  const samples = new Float32Array(payload.byteLength / 2);
  for (let i = 0; i < samples.length; i++) samples[i] = payload.readInt16LE(2 * i) / fullScale;
  return samples;
}
