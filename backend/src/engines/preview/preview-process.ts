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
const fullScale = 32_768;

export class PreviewProcess {
  readonly #child: ChildProcess;
  readonly #handlers: PreviewHandlers;
  #unread: Buffer[] = [];
  #unreadBytes = 0;

  constructor(program: string, handlers: PreviewHandlers) {
    this.#handlers = handlers;
    this.#child = spawn(process.execPath, [...process.execArgv, program], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    let ended = false;
    const end = (cause: string): void => {
      if (ended) return;
      ended = true;
      handlers.onExit(cause);
    };
    this.#child.on("error", (error) => end(error.message));
    this.#child.on("exit", (code, signal) => end(signal ?? `exit code ${code ?? "unknown"}`));
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

  #read(bytes: Buffer): void {
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.byteLength;
    while (this.#unreadBytes >= headerBytes) {
      const [joined] = (this.#unread = [Buffer.concat(this.#unread)]);
      const frameBytes = headerBytes + joined!.readUInt32LE(5);
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
      case frameTypes.error: {
        const { message } = JSON.parse(payload.toString()) as { message: string };
        this.#handlers.onError(id, message);
        break;
      }
      default:
        throw new Error(`The preview program sent a frame of unknown type ${type}`);
    }
  }
}

function toFloats(payload: Buffer): Float32Array {
  const samples = new Float32Array(payload.byteLength / 2);
  for (let i = 0; i < samples.length; i++) samples[i] = payload.readInt16LE(2 * i) / fullScale;
  return samples;
}
