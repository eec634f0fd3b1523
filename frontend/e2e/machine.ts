// Machines with the real engine, tiny checkpoints and a stand-in for the hub (backend/test/e2e-machine.ts). One process
// serves one after the other, each fresh.
import { ControlledProgram } from "./controlled-program.ts";

export type TinyModel = "custom-voice-0b6" | "base-0b6" | "designer";

export class Machine {
  readonly #program = new ControlledProgram("e2e-machine");

  /** What `npm start` is there, with these models; without any its first one is downloaded, slowly. @returns its address */
  async serve(models: readonly TinyModel[] = []): Promise<string> {
    const folders = models.length > 0 ? `?models=${models.join(",")}` : "";
    const { url } = await this.#program.start<{ url: string }>(`start${folders}`);
    return url;
  }

  /** Connections to the hub that begin from now on are as fast as they can be. */
  async unslowHub(): Promise<void> {
    await this.#program.ask("hub");
  }

  close(): Promise<void> {
    return this.#program.close();
  }
}
