// How long something has held, with patience for a slip: sampled loops repeat almost, and a click in the silence does not
// end it. In: at each frame, whether it holds. Out: the run. Knows nothing of codes and audio.

export type PatientRun = {
  /** Frames that held, less what the slips cost. */
  length: number;
  /** The frame at which it began; that of the next one while there is none. */
  since: number;
};

/** One slip is forgiven to a run that is longer than this; two next to each other end any run of two seconds. */
const slipFrames = 15;

export function createPatientRun(): PatientRun {
  return { length: 0, since: 0 };
}

export function extendRun(run: PatientRun, holds: boolean, frame: number): void {
  run.length = holds ? run.length + 1 : Math.max(0, run.length - slipFrames);
  if (run.length === 0) run.since = frame + 1;
}
