// The picture of a clip: loudness over time, what was heard in the accent colour.
import { useEffect, useEffectEvent, useRef } from "react";
import type { PeakTrack } from "../audio/peak-track.ts";
import { drawWaveform } from "./draw-waveform.ts";
import type { WaveformView } from "./draw-waveform.ts";

type WaveformProps = Omit<WaveformView, "peaks"> & { peaks: PeakTrack | null };

export function Waveform({ peaks, ...view }: WaveformProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const draw = useEffectEvent(() => {
    if (canvas.current) drawWaveform(canvas.current, { peaks, ...view });
  });

  // Every change of a figure is a change of the picture.
  useEffect(() => draw());
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const resizes = new ResizeObserver(() => draw());
    resizes.observe(element);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const onScheme = () => draw();
    scheme.addEventListener("change", onScheme);
    return () => {
      resizes.disconnect();
      scheme.removeEventListener("change", onScheme);
    };
  }, []);

  return <canvas ref={canvas} className="waveform" role="img" aria-label="Waveform of the clip" />;
}
