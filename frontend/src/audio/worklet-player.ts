// The player for browsers with AudioWorklet: pieces are handed to the audio thread, which keeps the
// queue, so that a busy page cannot make it stutter.
import { outputDelayMs, rampMs } from "./stream-player.ts";
import type { PlaybackProgress, StreamPlayer, StreamPlayerOptions } from "./stream-player.ts";
import type { FromWorklet, ProcessorOptions, ToWorklet } from "./worklet-messages.ts";
import { processorName } from "./worklet-messages.ts";
import workletUrl from "./player.worklet.ts?worker&url";

/** Load the worklet's code; once for each context. */
export function loadPlayerWorklet(context: AudioContext): Promise<void> {
  return context.audioWorklet.addModule(workletUrl);
}

/** A player in `context`, which must have loaded the worklet. */
export function createWorkletPlayer(
  context: AudioContext,
  { prebufferSamples, onProgress }: StreamPlayerOptions,
): StreamPlayer {
  const rampSamples = Math.round((context.sampleRate * rampMs) / 1000);
  const node = new AudioWorkletNode(context, processorName, {
    numberOfInputs: 0,
    outputChannelCount: [1],
    processorOptions: { prebufferSamples, rampSamples } satisfies ProcessorOptions,
  });
  node.connect(context.destination);
  const send = (message: ToWorklet, transfer: Transferable[] = []) =>
    node.port.postMessage(message, transfer);

  const finished = new Promise<PlaybackProgress>((resolve) => {
    node.port.onmessage = ({ data: progress }: MessageEvent<FromWorklet>) => {
      onProgress(progress);
      if (progress.phase !== "ended" && progress.phase !== "stopped") return;
      // The worklet is done with the last sample before the loudspeaker is.
      setTimeout(() => {
        node.disconnect();
        resolve(progress);
      }, outputDelayMs(context));
    };
  });
  return {
    kind: "worklet",
    push: (samples) => send({ kind: "push", samples }, [samples.buffer]),
    end: () => send({ kind: "end" }),
    stop: () => send({ kind: "stop" }),
    outputDelayMs: () => outputDelayMs(context),
    finished,
  };
}
