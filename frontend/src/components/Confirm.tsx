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
  const [asked, setAsked] = useState<"not yet" | "now" | "declined">("not yet");
  if (asked !== "now")
    return (
      <button
        className={className ?? "link-button"}
        aria-label={name}
        autoFocus={asked === "declined"}
        onClick={() => setAsked("now")}
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
          setAsked("not yet");
          onConfirm();
        }}
      >
        Delete
      </button>
      <button className="link-button" autoFocus onClick={() => setAsked("declined")}>
        Keep
      </button>
    </span>
  );
}
