// A program of backend/test that serves a page and is steered by a test (backend/test/e2e-controls.ts). In: its name; it is
// built before the tests. Out: a way to ask it, and to end it.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { builtProgram } from "../../scripts/test-programs.mjs";

type TestProgram = "e2e-machine" | "e2e-server";

export class ControlledProgram {
  readonly #name: TestProgram;
  #running: { child: ChildProcess; control: string } | undefined;

  constructor(name: TestProgram) {
    this.#name = name;
  }

  /** Starts it where it does not run. */
  async start<Answer>(what: string): Promise<Answer> {
    this.#running ??= await start(this.#name);
    return this.ask<Answer>(what);
  }

  async ask<Answer>(what: string): Promise<Answer> {
    if (!this.#running) throw new Error(`${this.#name} was killed`);
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

async function start(name: TestProgram): Promise<{ child: ChildProcess; control: string }> {
  const child = spawn(process.execPath, [builtProgram(name)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("{")) return { child, ...(JSON.parse(line) as { control: string }) };
  }
  throw new Error(`${name} ended before it said its address`);
}
