// The microphone as samples. In: a click. Out: mono pieces at the device's own rate, until it is
// stopped. Without the browser's own changes to the sound, which would become part of a voice. Knows
// no React and no server.
import recorderUrl from "./recorder.worklet.ts?worker&url";
import { recorderName } from "./worklet-messages.ts";

export type Microphone = { sampleRate: number; stop: () => void };

export type MicrophoneOptions = {
  onPiece: (samples: Float32Array<ArrayBuffer>) => void;
  /** The device was unplugged, or the permission taken back. */
  onLost: () => void;
};

/** Why this browser cannot record here; undefined when it can. */
export function recordingBlocked(): string | undefined {
  if (!window.isSecureContext)
    return "Browsers give the microphone only to pages on localhost or with https. Choose a file instead.";
  const can = typeof AudioWorkletNode === "function" && "mediaDevices" in navigator;
  return can ? undefined : "This browser cannot record. Choose a file instead.";
}

/** @throws MicrophoneError */
export async function openMicrophone({ onPiece, onLost }: MicrophoneOptions): Promise<Microphone> {
  const stream = await askForMicrophone();
  const context = new AudioContext();
  const stop = () => {
    for (const track of stream.getTracks()) track.stop();
    if (context.state !== "closed") void context.close();
  };
  try {
    await context.audioWorklet.addModule(recorderUrl);
    const node = new AudioWorkletNode(context, recorderName, { numberOfOutputs: 0 });
    node.port.onmessage = ({ data }: MessageEvent<Float32Array<ArrayBuffer>>) => onPiece(data);
    context.createMediaStreamSource(stream).connect(node);
    await context.resume();
  } catch (cause) {
    stop();
    throw new MicrophoneError("The recording could not be started: reload the page.", { cause });
  }
  for (const track of stream.getTracks()) track.addEventListener("ended", onLost);
  return { sampleRate: context.sampleRate, stop };
}

export class MicrophoneError extends Error {
  override readonly name = "MicrophoneError";
}

async function askForMicrophone(): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: {
        channelCount: 1,
        echoCancellation: false,
        noiseSuppression: false,
        autoGainControl: false,
      },
    });
  } catch (cause) {
    throw new MicrophoneError(explainRefusal(cause), { cause });
  }
}

function explainRefusal(cause: unknown): string {
  const name = cause instanceof Error ? cause.name : "";
  if (name === "NotAllowedError")
    return "The browser may not use the microphone: allow it beside the page's address, and try again.";
  if (name === "NotFoundError") return "There is no microphone: plug one in, or choose a file.";
  if (name === "NotReadableError")
    return "The microphone is in use elsewhere: close the other program, and try again.";
  return "The microphone could not be opened.";
}
