// A recording with the microphone, for React. It ends by itself at the longest length, when its view is
// left and when the device goes away; what was recorded is kept then too.
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { limits } from "qwen-tts/protocol";
import { MicrophoneError, openMicrophone } from "../audio/microphone.ts";
import type { Microphone } from "../audio/microphone.ts";
import { PeakTrack } from "../audio/peak-track.ts";
import { joinPieces, toSound } from "../audio/sound.ts";
import type { Sound } from "../audio/sound.ts";

export type Recording = {
  kind: "idle" | "opening" | "recording";
  seconds: number;
  /** The loudest of the last moment, 0..1. */
  peak: number;
  peaks: PeakTrack | null;
  problem: string | undefined;
};

/** What is under way, outside of React: pieces come 20 times a second. */
type Take = {
  microphone: Microphone | undefined;
  pieces: Float32Array[];
  peaks: PeakTrack | null;
  peak: number;
  ended: boolean;
};

const idle: Recording = { kind: "idle", seconds: 0, peak: 0, peaks: null, problem: undefined };
/** The bar falls this much from one piece to the next. */
const fall = 0.85;

export type Recorder = { recording: Recording; start: () => void; stop: () => void };

export function useRecorder(shown: boolean, onSound: (sound: Sound) => void): Recorder {
  const [recording, setRecording] = useState(idle);
  const take = useRef<Take>(undefined);

  const stop = (problem?: string) => {
    const current = take.current;
    if (!current) return;
    take.current = undefined;
    current.ended = true;
    current.microphone?.stop();
    setRecording({ ...idle, problem });
    const { microphone, pieces } = current;
    if (microphone && pieces.length > 0)
      onSound(toSound(joinPieces(pieces), microphone.sampleRate, null));
  };

  const onPiece = (current: Take, samples: Float32Array<ArrayBuffer>) => {
    const { microphone } = current;
    if (current.ended || !microphone) return;
    current.pieces.push(samples);
    current.peaks ??= new PeakTrack(microphone.sampleRate);
    current.peaks.append(samples);
    const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    current.peak = Math.max(fall * current.peak, loudest);
    const seconds = (current.pieces.length * samples.length) / microphone.sampleRate;
    const { peak, peaks } = current;
    setRecording({ kind: "recording", seconds, peak, peaks, problem: undefined });
    if (seconds >= limits.recordingSeconds.max) stop();
  };

  const start = async () => {
    const current: Take = { microphone: undefined, pieces: [], peaks: null, peak: 0, ended: false };
    take.current = current;
    setRecording({ ...idle, kind: "opening" });
    try {
      const microphone = await openMicrophone({
        onPiece: (samples) => onPiece(current, samples),
        onLost: () => stop("The microphone went away. What was recorded until then is kept."),
      });
      current.microphone = microphone;
      // Stopped while the browser asked for the permission.
      if (take.current !== current) microphone.stop();
    } catch (error) {
      const words = error instanceof MicrophoneError ? error.message : "The recording failed.";
      if (take.current === current) stop(words);
    }
  };

  const leave = useEffectEvent(() => stop());
  useEffect(() => (shown ? () => leave() : undefined), [shown]);
  return { recording, start: () => void start(), stop: () => stop() };
}
