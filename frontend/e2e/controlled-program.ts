// A program of backend/test that serves a page and is steered by a test (backend/test/e2e-controls.ts). In: its file.
// Out: a way to ask it, and to end it.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
const path = (file: string): string => fileURLToPath(new URL(file, root));

export class ControlledProgram {
  readonly #file: string;
  #running: { child: ChildProcess; control: string } | undefined;

  /** `file`: from the root of the repository. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Starts it where it does not run. */
  async start<Answer>(what: string): Promise<Answer> {
    this.#running ??= await start(this.#file);
    return this.ask<Answer>(what);
  }

  async ask<Answer>(what: string): Promise<Answer> {
    if (!this.#running) throw new Error(`${this.#file} was killed`);
    return (await (await fetch(`${this.#running.control}/${what}`)).json()) as Answer;
  }

  /** SIGKILL, as a crash. */
  kill(): Promise<void> {
    return this.#end((child) => child.kill("SIGKILL"));
  }

  close(): Promise<void> {
    return this.#end((child) => child.stdin!.end());
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

async function start(file: string): Promise<{ child: ChildProcess; control: string }> {
  const child = spawn(
    process.execPath,
    [
      ...["--import", new URL("scripts/register-typescript.mjs", root).href],
      ...["--conditions=source", path(file)],
    ],
    { stdio: ["pipe", "pipe", "inherit"], cwd: path("") },
  );
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("{")) return { child, ...(JSON.parse(line) as { control: string }) };
  }
  throw new Error(`${file} ended before it said its address`);
}
