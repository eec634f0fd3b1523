// Bars that move while something is spoken, and what is going on in words.
import type { ReactNode } from "react";

type SpeakingSignProps = { className?: string; children: ReactNode };

export function SpeakingSign({ className = "", children }: SpeakingSignProps) {
  return (
    <span className={`streaming-indicator ${className}`.trim()}>
      <span className="bars" aria-hidden="true">
        <i />
        <i />
        <i />
        <i />
      </span>
      {children}
    </span>
  );
}
