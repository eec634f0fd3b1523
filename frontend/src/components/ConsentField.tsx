// Asks for the consent that is kept with a voice.
import { useId } from "react";

type ConsentFieldProps = { words: string; given: boolean; onGiven: (given: boolean) => void };

export function ConsentField({ words, given, onGiven }: ConsentFieldProps) {
  const id = useId();
  return (
    <div className="check">
      <input
        id={id}
        type="checkbox"
        checked={given}
        onChange={(event) => onGiven(event.target.checked)}
      />
      <label className="check" htmlFor={id}>
        {words} This sentence is kept with the voice.
      </label>
    </div>
  );
}
