// Servers with the fake engine (backend/test/e2e-server.ts) for tests that have to hold the engine, make
// it fail, or kill the server in mid-stream. One process serves one after the other, each fresh.
import { ControlledProgram } from "./controlled-program.ts";

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

export class FakeProgram {
  readonly #program = new ControlledProgram("e2e-server");

  /** Replace the server there was by a fresh one. `port` 0 (default) takes a free one. */
  async serve(port = 0): Promise<FakeServer> {
    const program = this.#program;
    const { url } = await program.start<{ url: string }>(`start?port=${port}`);
    return {
      url,
      state: () => program.ask("state"),
      release: async () => {
        await program.ask("release");
      },
      kill: () => program.kill(),
      restart: async () => {
        await this.serve(Number(new URL(url).port));
      },
    };
  }

  close(): Promise<void> {
    return this.#program.close();
  }
}
