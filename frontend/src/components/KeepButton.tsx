// The button that keeps a new voice, and why it cannot be pressed.
import { useId } from "react";

type KeepButtonProps = {
  saving: boolean;
  blocked: string | undefined;
  /** Whether the reason is already said elsewhere. */
  isSaid?: boolean;
  onKeep: () => void;
};

export function KeepButton({ saving, blocked, isSaid = false, onKeep }: KeepButtonProps) {
  const id = useId();
  return (
    <div className="button-row">
      <button
        className="button button-primary keep-voice"
        disabled={blocked !== undefined || saving}
        aria-describedby={id}
        onClick={onKeep}
      >
        {saving ? "Keeping…" : "Keep this voice"}
      </button>
      <p className="hint" id={id}>
        {!isSaid && blocked}
      </p>
    </div>
  );
}
