// The C engine of gabriele-mastrapasqua/qwen3-tts on the same checkpoint and machine, where QWEN_C_ENGINE says where its program
// `qwen_tts` is. In: the model and threads of our server, and our figures. Out: its wall seconds for a second of audio,
// as it prints them (loading not counted), and ours as a share of that.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { sentence, type Figure } from "../figures.ts";

/** Six seconds, as our clips. */
const frames = "75";

/** @param args of our server */
export function measureCEngine(args: readonly string[], ownFactor: number): Figure[] {
  const { QWEN_C_ENGINE: program } = process.env;
  if (!program) return [];
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: { model: { type: "string" }, threads: { type: "string" } },
  });
  const threads = String(values.threads ?? availableParallelism());
  const folder = mkdtempSync(join(tmpdir(), "c-engine-"));
  try {
    const out = ["-o", join(folder, "speech.wav")];
    const voice = ["-t", sentence, "-s", "ryan", "-l", "English"];
    const settings = ["-d", String(values.model), "-m", frames, "-j", threads, "--int8"];
    const printed = outputOf(program, [...settings, ...voice, ...out]);
    const factor = factorIn(printed);
    return [
      { name: "C engine, int8: real-time factor", value: factor, unit: "" },
      {
        name: "our real-time factor, 1 at once, as a share of it",
        value: ownFactor / factor,
        unit: "",
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function outputOf(program: string, args: readonly string[]): string {
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status === 0) return stdout + stderr;
  throw new Error(`QWEN_C_ENGINE, ${program}, failed: ${error?.message ?? stderr.slice(-500)}`);
}

/** @param printed "Audio: 6.0s generated in 14.2s (RTF 2.37)" is in it */
function factorIn(printed: string): number {
  const [, factor] = /generated in [\d.]+s \(RTF ([\d.]+)\)/.exec(printed) ?? [];
  if (factor !== undefined) return Number(factor);
  throw new Error(`The C engine did not say how long it took: ${printed.slice(-500)}`);
}
