// Draws a clip as bars on a canvas, in the colours of the style sheet, sharp on any display.
import type { PeakTrack } from "../audio/peak-track.ts";

export type WaveformView = {
  /** Null draws the empty line. */
  peaks: PeakTrack | null;
  /** What the whole width stands for. */
  axisSeconds: number;
  madeSeconds: number;
  playedSeconds: number;
  /** Where the accent begins; the start, unless told. */
  playedFromSeconds?: number;
};

const barWidth = 3;
const barGap = 2;
const quietest = 2;
/** Below 1: soft speech stays visible beside loud speech. */
const loudnessExponent = 0.8;
/** Speech at full scale has peaks of about this much in the mean. */
const loudestMean = 0.7;

export function drawWaveform(canvas: HTMLCanvasElement, view: WaveformView): void {
  const context = canvas.getContext("2d");
  const { width, height } = canvas.getBoundingClientRect();
  if (!context || width === 0) return;
  fitToDisplay(canvas, width, height);
  const scale = canvas.width / width;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  const colors = colorsOf(canvas);
  const bars = Math.max(1, Math.floor((width + barGap) / (barWidth + barGap)));
  const secondsPerBar = view.axisSeconds / bars;
  for (let bar = 0; bar < bars; bar++) {
    const from = bar * secondsPerBar;
    const isMade = from < view.madeSeconds;
    const loudness = isMade ? (view.peaks?.between(from, from + secondsPerBar) ?? 0) : 0;
    const relative = Math.min(1, loudness / loudestMean) ** loudnessExponent;
    const barHeight = Math.max(quietest, relative * height);
    const middle = from + secondsPerBar / 2;
    const isPlayed = middle <= view.playedSeconds && middle >= (view.playedFromSeconds ?? 0);
    context.fillStyle = isPlayed ? colors.played : isMade ? colors.made : colors.empty;
    context.beginPath();
    const x = bar * (barWidth + barGap);
    context.roundRect(x, (height - barHeight) / 2, barWidth, barHeight, barWidth / 2);
    context.fill();
  }
}

/** Setting the size clears and reallocates, so only when it changed. */
function fitToDisplay(canvas: HTMLCanvasElement, width: number, height: number) {
  const pixelWidth = Math.round(width * devicePixelRatio);
  const pixelHeight = Math.round(height * devicePixelRatio);
  if (canvas.width !== pixelWidth) canvas.width = pixelWidth;
  if (canvas.height !== pixelHeight) canvas.height = pixelHeight;
}

function colorsOf(canvas: HTMLCanvasElement) {
  const style = getComputedStyle(canvas);
  return {
    played: style.getPropertyValue("--wave-played"),
    made: style.getPropertyValue("--wave-made"),
    empty: style.getPropertyValue("--wave-empty"),
  };
}
