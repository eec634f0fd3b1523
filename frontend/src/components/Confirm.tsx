// A button that asks once more before it does what cannot be undone.
import { useState } from "react";

type ConfirmProps = {
  /** What the button says to everyone. */
  label: string;
  /** What it says to a screen reader, where the label alone does not tell which one. */
  name?: string;
  question: string;
  className?: string;
  onConfirm: () => void;
};

export function Confirm({ label, name, question, className, onConfirm }: ConfirmProps) {
  const [asked, setAsked] = useState(false);
  if (!asked)
    return (
      <button
        className={className ?? "link-button"}
        aria-label={name}
        onClick={() => setAsked(true)}
      >
        {label}
      </button>
    );
  return (
    <span className="confirm" role="group" aria-label={question}>
      <span className="hint">{question}</span>
      <button
        className="link-button"
        data-tone="gone"
        onClick={() => {
          setAsked(false);
          onConfirm();
        }}
      >
        Delete
      </button>
      <button className="link-button" autoFocus onClick={() => setAsked(false)}>
        Keep
      </button>
    </span>
  );
}
