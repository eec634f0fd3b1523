// After how many frames a request ends though the model has not ended it, and what that is called. In: the
// request's limits, the model's, the length of the text. Out: a number and a reason.
import type { Limits, Sampling } from "../speech-engine.ts";

export type FrameLimit = { frames: number; reason: "length" | "runaway" };

/**
 * Published checkpoints miss their end of speech about once in 300 requests and then hum to the limit. No text is
 * spoken as slowly as this: so many frames for each of its tokens, and so many more for pauses.
 */
const guardFramesPerToken = 25;
const guardFramesMore = 125;

export function frameLimit(
  { limits, sampling }: { limits: Limits; sampling: Sampling },
  model: { modelFrames: number; textTokens: number; framesPerSecond: number },
): FrameLimit {
  const { maxSeconds, minFrames = 0 } = limits;
  const asked =
    maxSeconds === undefined
      ? model.modelFrames
      : Math.min(model.modelFrames, Math.max(1, Math.floor(maxSeconds * model.framesPerSecond)));
  const isGuarded = limits.runawayGuard ?? sampling.greedy !== true;
  const guarded = guardFramesMore + guardFramesPerToken * model.textTokens;
  if (!isGuarded || asked <= Math.max(guarded, minFrames))
    return { frames: asked, reason: "length" };
  return { frames: Math.max(guarded, minFrames), reason: "runaway" };
}
