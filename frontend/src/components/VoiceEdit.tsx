// Another name for a kept voice, and, of a recording, another transcript.
import { useId, useState } from "react";
import { limits } from "qwen-tts/protocol";
import type { VoiceBody, VoiceChangeBody } from "qwen-tts/protocol";
import { nameProblem } from "../voices/recording.ts";

type VoiceEditProps = {
  voice: VoiceBody;
  onChange: (change: VoiceChangeBody) => void;
  onLeave: () => void;
};

export function VoiceEdit({ voice, onChange, onLeave }: VoiceEditProps) {
  const id = useId();
  const [name, setName] = useState(voice.name);
  const [transcript, setTranscript] = useState(voice.transcript ?? "");
  const change = changeOf(voice, name, transcript);
  const isNothing = Object.keys(change).length === 0;
  return (
    <form
      className="model-wide fields"
      onSubmit={(event) => {
        event.preventDefault();
        onChange(change);
      }}
    >
      <div className="form-field">
        <label htmlFor={id}>New name</label>
        <input
          id={id}
          className="field"
          autoFocus
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      {voice.kind === "clone" && (
        <div className="form-field">
          <label htmlFor={`${id}-transcript`}>What its recording says</label>
          <textarea
            id={`${id}-transcript`}
            className="field"
            rows={3}
            maxLength={limits.transcriptLength}
            value={transcript}
            aria-describedby={`${id}-hint`}
            onChange={(event) => setTranscript(event.target.value)}
          />
          <p className="hint" id={`${id}-hint`}>
            Word by word: the voice then comes nearer. Empty: by its sound alone.
          </p>
        </div>
      )}
      <div className="button-row">
        <button
          className="button button-small"
          disabled={isNothing || nameProblem(name, []) !== undefined}
        >
          Change
        </button>
        <button type="button" className="button button-small" onClick={onLeave}>
          Leave it
        </button>
      </div>
    </form>
  );
}

/** Only what is different. */
function changeOf(voice: VoiceBody, name: string, transcript: string): VoiceChangeBody {
  return {
    ...(name.trim() !== voice.name && { name: name.trim() }),
    ...(transcript.trim() !== (voice.transcript ?? "") && {
      transcript: transcript.trim() || null,
    }),
  };
}
