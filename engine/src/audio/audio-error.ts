// What is wrong with a piece of audio somebody gave. In: the fault and the remedy, as a sentence or two.
// Out: the error. Not the model's fault and not ours: the code is `unsupported`.
import { EngineError } from "../engine-error.ts";

export function audioError(fault: string): EngineError {
  return new EngineError("unsupported", `The audio cannot be used: ${fault}`);
}
