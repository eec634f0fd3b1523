// The built server as a process of its own, as a user would run it. In: arguments. Out: its address and its memory.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const mainFile = fileURLToPath(new URL("../../backend/dist/main.js", import.meta.url));

export type ServerProcess = {
  url: string;
  /** Wall time from the start of the process to its address on stdout. */
  startMs: number;
  /** Resident memory in MB of the server, and of its child processes together. Linux only. */
  memory(): { serverMb: number; childrenMb: number };
  stop(): Promise<void>;
};

export async function startServer(args: readonly string[] = []): Promise<ServerProcess> {
  if (!existsSync(mainFile)) throw new Error("The server is not built. Run `npm run build` first.");
  const startedAt = performance.now();
  const own = ["--offline", "--port", "0", "--log-level", "warn"];
  const child = spawn(process.execPath, [mainFile, ...own, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await addressFrom(child);
  return {
    url,
    startMs: performance.now() - startedAt,
    memory: () => ({
      serverMb: residentMb(child.pid!),
      childrenMb: childrenOf(child.pid!).reduce((sum, pid) => sum + residentMb(pid), 0),
    }),
    async stop() {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}

async function addressFrom(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const address = /https?:\/\/\S+/.exec(line);
    if (address) return address[0].replace("localhost", "127.0.0.1");
  }
  throw new Error("The server ended before it printed its address");
}

function residentMb(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1024;
}

function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => parentOf(other) === pid);
}

function parentOf(pid: number): number | null {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return null; // it has ended since the folder was read
  }
}
