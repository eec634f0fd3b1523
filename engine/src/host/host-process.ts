// One process of a host. In: messages for it. Out: its messages, checked, and how it ended. Whoever
// starts one learns of its end exactly once, after its last message. Decides nothing by itself, but
// for this: a process that talks garbage is killed.
import { spawn, type ChildProcess } from "node:child_process";
import type { Duplex } from "node:stream";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { failureOfEnd, type ProcessEnd } from "./failure.ts";
import { encodeMessage, MessageReader } from "./framing.ts";
import { parseFromHost, type Failure, type FromHost, type ToHost } from "./messages.ts";

export type HostProcess = {
  readonly pid: number | undefined;
  send: (message: ToHost) => void;
  /** End it now, whatever it does. `verdict` is then the reason, unless it has ended by itself. */
  kill: (verdict?: Failure) => void;
};

export type HostListener = {
  message: (message: FromHost) => void;
  ended: (failure: Failure) => void;
};

const stderrKept = 8192;

/** @param memoryLimitBytes most private memory the process may have; Linux only, see below */
export function startHostProcess(
  memoryLimitBytes: number | undefined,
  listener: HostListener,
): HostProcess {
  const child = spawnHost(memoryLimitBytes);
  const pipe = child.stdio[3] as Duplex;
  const end: ProcessEnd = { exitCode: null, signal: null, stderr: "" };
  let verdict: Failure | undefined;
  const kill = (reason?: Failure): void => {
    verdict ??= reason;
    child.kill("SIGKILL");
  };
  readMessages(pipe, {
    message: (message) => {
      if (message.kind === "computeDied") verdict ??= message.failure;
      else listener.message(message);
    },
    garbage: (error) => kill(garbageFailure(error)),
  });
  child.stderr!.on("data", (piece: Buffer) => {
    end.stderr = (end.stderr + piece.toString()).slice(-stderrKept);
  });
  child.on("error", (error) => (end.stderr += error.message));
  // A pipe that breaks while the process lives would leave it deaf.
  pipe.on("error", () => kill());
  child.on("close", (exitCode, signal) => {
    listener.ended(verdict ?? failureOfEnd({ ...end, exitCode, signal }));
  });
  return { pid: child.pid, send: (message) => pipe.write(encodeMessage(message)), kill };
}

function spawnHost(memoryLimitBytes: number | undefined): ChildProcess {
  const entry = new URL(`./entry${extname(import.meta.url)}`, import.meta.url);
  const node = [process.execPath, ...process.execArgv, fileURLToPath(entry)];
  const [command, ...args] =
    memoryLimitBytes === undefined ? node : limited(node, memoryLimitBytes);
  return spawn(command!, args, { stdio: ["ignore", "ignore", "pipe", "pipe"] });
}

// Linux's RLIMIT_DATA counts private writable memory. RLIMIT_AS would count the address space that V8
// merely reserves, gigabytes of it.
function limited(command: string[], limitBytes: number): string[] {
  const limitKib = Math.floor(limitBytes / 1024);
  return ["/bin/sh", "-c", 'ulimit -d "$0" && exec "$@"', String(limitKib), ...command];
}

function readMessages(
  pipe: Duplex,
  on: { message: (message: FromHost) => void; garbage: (error: unknown) => void },
): void {
  const reader = new MessageReader();
  const read = (piece: Buffer): void => {
    let messages: FromHost[];
    try {
      messages = reader.push(piece).map(parseFromHost);
    } catch (error) {
      pipe.off("data", read);
      pipe.resume();
      on.garbage(error);
      return;
    }
    for (const message of messages) on.message(message);
  };
  pipe.on("data", read);
}

function garbageFailure(error: unknown): Failure {
  return {
    code: "crashed",
    message: "The process that runs the model went wrong and was ended. Send the request again.",
    detail: String(error),
  };
}
