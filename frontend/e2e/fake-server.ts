// Starts the server with the fake engine (backend/test/e2e-server.ts) for a test that has to hold the
// engine, make it fail, or kill the server in mid-stream.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export type FakeState = { steps: number; activeRows: number; started: number; finished: number };

export type FakeServer = {
  url: string;
  state(): Promise<FakeState>;
  /** Let held rows go on. */
  release(): Promise<void>;
  /** SIGKILL, as a crash. */
  kill(): Promise<void>;
  close(): Promise<void>;
};

const root = new URL("../../", import.meta.url);
const path = (file: string): string => fileURLToPath(new URL(file, root));

/** `port` 0 (default) takes a free one. */
export async function startFakeServer({ port = 0 } = {}): Promise<FakeServer> {
  const child = spawn(
    process.execPath,
    [
      ...["--import", new URL("scripts/register-typescript.mjs", root).href],
      ...["--conditions=source", path("backend/test/e2e-server.ts"), String(port)],
    ],
    { stdio: ["pipe", "pipe", "inherit"], cwd: path("") },
  );
  const { url, control } = await addresses(child);
  const ask = async (what: string): Promise<FakeState> =>
    (await (await fetch(`${control}/${what}`)).json()) as FakeState;
  return {
    url,
    state: () => ask("state"),
    release: async () => {
      await ask("release");
    },
    kill: () =>
      end(child, () => {
        child.kill("SIGKILL");
      }),
    close: () =>
      end(child, () => {
        child.stdin.end();
      }),
  };
}

async function addresses(child: ChildProcess): Promise<{ url: string; control: string }> {
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line.startsWith("{")) return JSON.parse(line) as { url: string; control: string };
  }
  throw new Error("The fake server ended before it said its addresses");
}

async function end(child: ChildProcess, act: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  act();
  await exited;
}
