// The C engine of gabriele-mastrapasqua/qwen3-tts on the same checkpoint and machine, where QWEN_C_ENGINE says where its program
// `qwen_tts` is. In: the model and threads of our server, and our figures. Out: its wall seconds for a second of audio,
// as it prints them (loading not counted), and ours as a share of that.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sentence, type Figure } from "../figures.ts";
import { comparedFigures, outputOf, peerFrames, type PeerSettings } from "./peer.ts";

export function measureCEngine({ model, threads }: PeerSettings, ownFactor: number): Figure[] {
  const { QWEN_C_ENGINE: program } = process.env;
  if (!program) return [];
  const folder = mkdtempSync(join(tmpdir(), "c-engine-"));
  try {
    const out = ["-o", join(folder, "speech.wav")];
    const voice = ["-t", sentence, "-s", "ryan", "-l", "English"];
    const settings = ["-d", model, "-m", peerFrames, "-j", threads, "--int8"];
    const printed = outputOf("QWEN_C_ENGINE", program, [...settings, ...voice, ...out]);
    return comparedFigures("C engine, int8", factorIn(printed), ownFactor);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param printed "Audio: 6.0s generated in 14.2s (RTF 2.37)" is in it */
function factorIn(printed: string): number {
  const [, factor] = /generated in [\d.]+s \(RTF ([\d.]+)\)/.exec(printed) ?? [];
  if (factor !== undefined) return Number(factor);
  throw new Error(`The C engine did not say how long it took: ${printed.slice(-500)}`);
}
