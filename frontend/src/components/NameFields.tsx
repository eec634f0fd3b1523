// Choices among what the server has: the speaker or kept voice, the language, the model.
import { useId } from "react";
import type { SpeakerBody } from "qwen-tts/protocol";
import type { ChangeSettings } from "../hooks/useSettings.ts";
import { canDo, modelFor, modelsFor } from "../model-choice.ts";
import type { ServerInfo } from "../server-watch.ts";
import type { Settings } from "../settings.ts";

type NameFieldProps = { info: ServerInfo; settings: Settings; onChange: ChangeSettings };

export function SpeakerField({ info, settings, onChange }: NameFieldProps) {
  const id = useId();
  const { speakers } = info.speakers;
  const chosen = speakers.find(({ name }) => name === settings.speaker);
  const presets = speakers.filter(({ kind }) => kind !== "voice");
  const voices = speakers.filter(({ kind }) => kind === "voice");
  const cloning = canDo(info, "voices");
  return (
    <div className="form-field">
      <label htmlFor={`${id}-speaker`}>Speaker</label>
      <select
        id={`${id}-speaker`}
        className="field speaker-select"
        value={settings.speaker}
        aria-describedby={`${id}-description`}
        onChange={(event) => onChange({ speaker: event.target.value })}
      >
        {voices.length === 0 ? (
          <SpeakerOptions speakers={presets} />
        ) : (
          <>
            {presets.length > 0 && (
              <optgroup label="Speakers">
                <SpeakerOptions speakers={presets} />
              </optgroup>
            )}
            <optgroup label="Your voices" disabled={!cloning.honoured}>
              <SpeakerOptions speakers={voices} />
            </optgroup>
          </>
        )}
      </select>
      <p className="hint" id={`${id}-description`}>
        {chosen?.description ?? "This engine has no speakers to choose from."}
      </p>
      {voices.length > 0 && !cloning.honoured && <p className="hint">{cloning.reason}</p>}
    </div>
  );
}

function SpeakerOptions({ speakers }: { speakers: SpeakerBody[] }) {
  return speakers.map(({ name, native_language: language }) => (
    <option key={name} value={name}>
      {name.replaceAll("_", " ")}
      {language && ` (${language})`}
    </option>
  ));
}

export function LanguageField({ info, settings, onChange }: NameFieldProps) {
  const id = useId();
  return (
    <div className="form-field">
      <label htmlFor={id}>Language</label>
      <select
        id={id}
        className="field language-select"
        value={settings.language}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange({ language: event.target.value })}
      >
        {info.languages.languages.map((name) => (
          <option key={name} value={name}>
            {name === "Auto" ? "Auto (by the text)" : name}
          </option>
        ))}
      </select>
      <p className="hint" id={`${id}-hint`}>
        What the text is written in.
      </p>
    </div>
  );
}

/** Only where there is something to choose. */
export function ModelField({ info, settings, onChange }: NameFieldProps) {
  const id = useId();
  const models = modelsFor(info, settings.speaker);
  if (models.length < 2) return null;
  const automatic = modelFor(info, { ...settings, model: "" });
  return (
    <div className="form-field">
      <label htmlFor={id}>Model</label>
      <select
        id={id}
        className="field model-select"
        value={settings.model}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange({ model: event.target.value })}
      >
        <option value="">Automatic{automatic && ` (${automatic.label})`}</option>
        {models.map((model) => (
          <option key={model.id} value={model.id}>
            {model.label}
          </option>
        ))}
      </select>
      <p className="hint" id={`${id}-hint`}>
        The larger one sounds better and takes longer.
      </p>
    </div>
  );
}
