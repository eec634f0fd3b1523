// The compute thread of a host: loads the engine module and runs it. In: commands from the control
// thread. Out: replies to it. The engine may keep this thread busy for ever: its commands are then
// taken in between two steps. Knows nothing of the server.
import {
  parentPort,
  receiveMessageOnPort,
  workerData,
  type MessagePort,
} from "node:worker_threads";
import type { SpeechEngine } from "../speech-engine.ts";
import type { EngineHost, HostedModule } from "./engine-host.ts";
import { failureOf } from "./failure.ts";
import { HostedRequests } from "./hosted-requests.ts";
import type { Reply, ToCompute } from "./messages.ts";
import { Progress } from "./progress.ts";

/** What the control thread gives this thread to start with. */
export type ComputeData = { moduleUrl: string; options: unknown; progress: SharedArrayBuffer };

async function run(port: MessagePort, data: ComputeData): Promise<void> {
  const progress = new Progress(data.progress);
  const reply = (message: Reply): void => port.postMessage(message);
  const receive = (): { message: ToCompute } | undefined => receiveMessageOnPort(port);
  let take: (message: ToCompute) => void = () => undefined;
  const host: EngineHost = {
    beforeStep: () => {
      for (let received = receive(); received; received = receive()) {
        take(received.message);
      }
    },
    planned: (expectedMs) => progress.planned(expectedMs),
    stepDone: () => progress.stepDone(),
  };
  try {
    const module = (await import(data.moduleUrl)) as HostedModule;
    const engine = await module.createEngine(data.options, host);
    take = commandTaker({ engine, progress, reply });
    progress.alive();
    engine.onStatus((status) => reply({ kind: "status", status }));
    reply({ kind: "ready", status: engine.status() });
    port.on("message", take);
  } catch (error) {
    reply({ kind: "loadFailed", failure: failureOf(error) });
  }
}

type Parts = { engine: SpeechEngine; progress: Progress; reply: (reply: Reply) => void };

function commandTaker({ engine, progress, reply }: Parts): (message: ToCompute) => void {
  const requests = new HostedRequests(engine, { reply, progress });
  return (message) => {
    progress.alive();
    if (message.kind === "nudge") return;
    if (message.kind === "close") void engine.close().then(() => reply({ kind: "closed" }));
    else requests.take(message);
  };
}

if (parentPort) void run(parentPort, workerData as ComputeData);
