// One text, or several at once.
export type Mode = "single" | "batch";

type ModeSwitchProps = { mode: Mode; onMode: (mode: Mode) => void };

export function ModeSwitch({ mode, onMode }: ModeSwitchProps) {
  return (
    <div className="mode-switch" role="group" aria-label="What to make">
      <button aria-pressed={mode === "single"} onClick={() => onMode("single")}>
        One text
      </button>
      <button
        className="batch-toggle"
        aria-pressed={mode === "batch"}
        onClick={() => onMode("batch")}
      >
        Batch
      </button>
    </div>
  );
}
