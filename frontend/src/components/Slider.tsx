// A slider over chosen stops, so that equal ways are equal ratios and every value is a round one.
import { useId } from "react";

type SliderProps = {
  label: string;
  value: number;
  /** Ascending. */
  stops: readonly number[];
  /** Where a double click, or the reset button, goes back to. */
  normal: number;
  /** What it does, in one line. */
  hint: string;
  onChange: (value: number) => void;
};

export function Slider({ label, value, stops, normal, hint, onChange }: SliderProps) {
  const id = useId();
  const index = nearestStop(stops, value);
  const last = stops.length - 1;
  return (
    <div className="slider">
      <div className="label-row">
        <label htmlFor={id}>{label}</label>
        {value !== normal && (
          <button type="button" className="link-button" onClick={() => onChange(normal)}>
            Reset<span className="visually-hidden"> {label.toLowerCase()}</span>
          </button>
        )}
        <output className="value" htmlFor={id}>
          {value}×
        </output>
      </div>
      <input
        id={id}
        type="range"
        min={0}
        max={last}
        step={1}
        value={index}
        aria-valuetext={`${value} times`}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange(stops[event.target.valueAsNumber] ?? normal)}
        onDoubleClick={() => onChange(normal)}
        style={{ "--filled": `${(100 * index) / last}%` }}
      />
      <p className="hint" id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  );
}

function nearestStop(stops: readonly number[], value: number): number {
  const distances = stops.map((stop) => Math.abs(Math.log(stop / value)));
  return distances.indexOf(Math.min(...distances));
}
