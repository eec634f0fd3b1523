// The name that a new voice gets.
import { useId } from "react";
import { limits } from "qwen-tts/protocol";
import { nameProblem } from "../voices/recording.ts";

type VoiceNameFieldProps = { name: string; taken: string[]; onName: (name: string) => void };

export function VoiceNameField({ name, taken, onName }: VoiceNameFieldProps) {
  const id = useId();
  const problem = name.trim() === "" ? undefined : nameProblem(name, taken);
  return (
    <div className="form-field">
      <label htmlFor={id}>Name</label>
      <input
        id={id}
        className="field voice-name"
        autoComplete="off"
        maxLength={2 * limits.voiceNameLength}
        value={name}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onName(event.target.value)}
      />
      <p className="hint" id={`${id}-hint`} data-tone={problem ? "gone" : undefined}>
        {problem ?? "How it is called among the speakers."}
      </p>
    </div>
  );
}
