// Servers with the fake engine (backend/test/e2e-server.ts) for tests that have to hold the engine, make
// it fail, or kill the server in mid-stream. One process serves one after the other, each fresh.
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
  /** A fresh one in its place. */
  restart(): Promise<void>;
};

const root = new URL("../../", import.meta.url);
const path = (file: string): string => fileURLToPath(new URL(file, root));

export class FakeProgram {
  #running: { child: ChildProcess; control: string } | undefined;

  /** Replace the server there was by a fresh one. `port` 0 (default) takes a free one. */
  async serve(port = 0): Promise<FakeServer> {
    this.#running ??= await start();
    const { url } = await this.#ask<{ url: string }>(`start?port=${port}`);
    return {
      url,
      state: () => this.#ask("state"),
      release: async () => {
        await this.#ask("release");
      },
      kill: () => this.#end((child) => child.kill("SIGKILL")),
      restart: async () => {
        await this.serve(Number(new URL(url).port));
      },
    };
  }

  close(): Promise<void> {
    return this.#end((child) => child.stdin!.end());
  }

  async #ask<Answer>(what: string): Promise<Answer> {
    if (!this.#running) throw new Error("The fake server was killed");
    return (await (await fetch(`${this.#running.control}/${what}`)).json()) as Answer;
  }

  async #end(act: (child: ChildProcess) => void): Promise<void> {
    if (!this.#running) return;
    const { child } = this.#running;
    this.#running = undefined;
    const exited = once(child, "exit");
    act(child);
    await exited;
  }
}

async function start(): Promise<{ child: ChildProcess; control: string }> {
  const child = spawn(
    process.execPath,
    [
      ...["--import", new URL("scripts/register-typescript.mjs", root).href],
      ...["--conditions=source", path("backend/test/e2e-server.ts")],
    ],
    { stdio: ["pipe", "pipe", "inherit"], cwd: path("") },
  );
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("{")) return { child, ...(JSON.parse(line) as { control: string }) };
  }
  throw new Error("The fake server ended before it said its address");
}
