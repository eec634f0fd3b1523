// The official Python package on the same checkpoint and machine, where QWEN_OFFICIAL_PYTHON names an interpreter that has it
// (reference/README.md says how to make one). In: the model and threads of our server, and our figures. Out: its wall
// seconds for a second of audio in float32 and bfloat16 (loading not counted), and ours as a share of that.
import { fileURLToPath } from "node:url";
import { sentence, type Figure } from "../figures.ts";
import { comparedFigures, outputOf, peerFrames, type PeerSettings } from "./peer.ts";

const script = fileURLToPath(new URL("official_package.py", import.meta.url));

export function measureOfficialPackage(
  { model, threads }: PeerSettings,
  ownFactor: number,
): Figure[] {
  const { QWEN_OFFICIAL_PYTHON: python } = process.env;
  if (!python) return [];
  return ["bfloat16", "float32"].flatMap((type) => {
    const args = [script, model, type, threads, peerFrames, sentence];
    const factor = factorIn(outputOf("QWEN_OFFICIAL_PYTHON", python, args));
    return comparedFigures(`official package, ${type}`, factor, ownFactor);
  });
}

/** @param printed `{"frames": 75, "real_time_factor": 8.4}` is a line of it */
function factorIn(printed: string): number {
  const [, factor] = /"real_time_factor": ([\d.]+)/.exec(printed) ?? [];
  if (factor !== undefined) return Number(factor);
  throw new Error(`The official package did not say how long it took: ${printed.slice(-500)}`);
}
