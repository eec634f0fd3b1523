// The figures of one clip, while it is made and after. The exact counts are in data attributes.
import { formatFactor, formatMs, formatSeconds } from "../format.ts";
import type { StreamState } from "../streaming/stream-state.ts";

export function StreamFigures({ state }: { state: StreamState }) {
  const { samplesMade, samplesPlayed, underruns, firstAudioMs, madeInMs } = state.figures;
  const sampleRate = state.clip?.recorder.sampleRate ?? 1;
  const made = samplesMade / sampleRate;
  const figures: [label: string, value: string, meaning: string][] = [
    ["First audio", firstAudioMs === null ? "–" : formatMs(firstAudioMs), "Click to first sound"],
    ["Made", formatSeconds(made), "Seconds of speech received"],
    ["Heard", formatSeconds(samplesPlayed / sampleRate), "Seconds of speech played"],
    [
      "Real time",
      madeInMs > 0 && made > 0 ? formatFactor((1000 * made) / madeInMs) : "–",
      "Seconds of speech made in each second",
    ],
    ["Gaps", String(underruns), "Times the sound had to wait for more"],
  ];
  return (
    <dl
      className="figures"
      data-player={state.clip?.player}
      data-samples-made={samplesMade}
      data-samples-played={samplesPlayed}
      data-underruns={underruns}
      data-first-audio-ms={firstAudioMs ?? ""}
    >
      {figures.map(([label, value, meaning]) => (
        <div key={label} title={meaning}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
