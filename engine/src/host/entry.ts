// The main thread of a host's process: the control thread, which is never busy. In: the server's
// messages from a pipe. Out: the compute thread's replies, and answers to pings. Ends with the server:
// when the pipe closes, so does the process. Knows nothing of models.
import { writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { ComputeData } from "./compute.ts";
import { failureOf, fatalFailureOf } from "./failure.ts";
import { encodeMessage, MessageReader } from "./framing.ts";
import {
  parseToHost,
  type Failure,
  type FromHost,
  type Reply,
  type ToCompute,
  type ToHost,
} from "./messages.ts";
import { Progress } from "./progress.ts";

const pipe = new Socket({ fd: 3 });
const progress = new Progress();
let compute: Worker | undefined;

function send(message: FromHost): void {
  pipe.write(encodeMessage(message));
}

function tellMemory(): void {
  send({ kind: "memory", bytes: process.memoryUsage.rss() });
}

function sendLast(message: FromHost, exitCode: number): void {
  pipe.removeAllListeners("close");
  pipe.end(encodeMessage(message), () => process.exit(exitCode));
}

function take(message: ToHost): void {
  if (message.kind === "load") {
    compute = startCompute({ ...message, progress: progress.buffer });
  } else if (message.kind === "ping") {
    tellMemory();
    send({ kind: "pong", id: message.id, overdueMs: progress.overdueMs() });
    tell({ kind: "nudge" });
  } else {
    tell(message);
  }
}

function tell(message: ToCompute): void {
  compute?.postMessage(message);
}

function startCompute(data: ComputeData): Worker {
  const url = new URL(`./compute${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(url, { workerData: data });
  worker.on("message", (reply: Reply) => {
    if (reply.kind === "ready") tellMemory();
    if (reply.kind === "closed") sendLast(reply, 0);
    else send(reply);
  });
  worker.on("error", (error) => die(fatalFailureOf(error)));
  worker.on("exit", (code) => {
    die(fatalFailureOf(new Error(`The compute thread ended with code ${code}.`)));
  });
  return worker;
}

let dying = false;
function die(failure: Failure): void {
  if (dying) return;
  dying = true;
  sendLast({ kind: "computeDied", failure }, 1);
}

// Not process.exit(), which would wait for native code of the compute thread.
function endWithServer(): void {
  process.kill(process.pid, "SIGKILL");
}

const reader = new MessageReader();
pipe.on("data", (piece: Buffer) => {
  try {
    for (const message of reader.push(piece)) take(parseToHost(message));
  } catch (error) {
    die({ ...failureOf(error), code: "internal" });
  }
});
pipe.on("error", endWithServer);
pipe.on("close", endWithServer);

// When memory runs out, let the kernel take this process and not the server.
if (process.platform === "linux") {
  try {
    writeFileSync("/proc/self/oom_score_adj", "500");
  } catch {
    // Without /proc the kernel chooses by size, which is this process too.
  }
}
