// After how many frames a request ends though the model has not ended it, and what that is called. In: the
// request's limits, the model's, the length of the text. Out: a number and a reason.
import { isGuarded, type RunawayLimits } from "../scheduler/runaway-guard.ts";
import type { Limits, Sampling } from "../speech-engine.ts";

export type FrameLimit = { frames: number; reason: "length" | "runaway" };

export function frameLimit(
  request: { limits: Limits; sampling: Sampling },
  model: {
    modelFrames: number;
    textTokens: number;
    framesPerSecond: number;
    runaway: Pick<RunawayLimits, "secondsPerToken" | "secondsMore">;
  },
): FrameLimit {
  const { maxSeconds, minFrames = 0 } = request.limits;
  const { framesPerSecond, textTokens } = model;
  const asked =
    maxSeconds === undefined
      ? model.modelFrames
      : Math.min(model.modelFrames, Math.max(1, Math.floor(maxSeconds * framesPerSecond)));
  const { secondsPerToken, secondsMore } = model.runaway;
  const guarded = Math.ceil((secondsMore + secondsPerToken * textTokens) * framesPerSecond);
  if (!isGuarded(request) || asked <= Math.max(guarded, minFrames))
    return { frames: asked, reason: "length" };
  return { frames: Math.max(guarded, minFrames), reason: "runaway" };
}
