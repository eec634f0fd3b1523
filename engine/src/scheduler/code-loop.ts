// Loops of codes: a model that missed its end of speech may say the same frames over and over. In: frames of codes. Out:
// how long they have repeated, and since when. Sampling changes some codes of each round, so a frame repeats another
// when most of its codes do. Knows no audio.
import { createPatientRun, extendRun, type PatientRun } from "./patient-run.ts";
import type { CodeFrame } from "./speech-model.ts";

/** The longest loop that is looked for: two seconds of 80 ms frames. */
const longestPeriod = 25;

/** Of a frame's codes, so many are the same. Speech has not half of them in common with itself a little earlier. */
const sameShare = 0.5;

export type CodeLoop = {
  /** The newest first, `longestPeriod` at most. */
  recent: CodeFrame[];
  /** For each period: how long every frame has repeated the one so many frames before. */
  runs: PatientRun[];
  frames: number;
};

export function createCodeLoop(): CodeLoop {
  const runs = Array.from({ length: longestPeriod }, createPatientRun);
  return { recent: [], runs, frames: 0 };
}

/** The longest run of repeated frames that the frame belongs to. */
export function hearCodes(loop: CodeLoop, codes: CodeFrame): PatientRun {
  let longest: PatientRun = { length: 0, since: loop.frames + 1 };
  loop.runs.forEach((run, index) => {
    extendRun(run, repeats(codes, loop.recent[index]), loop.frames);
    if (run.length > longest.length) longest = run;
  });
  loop.recent.unshift(codes);
  if (loop.recent.length > longestPeriod) loop.recent.pop();
  loop.frames += 1;
  return longest;
}

function repeats(codes: CodeFrame, earlier: CodeFrame | undefined): boolean {
  if (!earlier) return false;
  let same = 0;
  for (let group = 0; group < codes.length; group++) {
    if (codes[group] === earlier[group]) same += 1;
  }
  return same > sameShare * codes.length;
}
