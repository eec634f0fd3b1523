// How it shall sound: speaker, language, speed, pitch, style, seed.
import { useId } from "react";
import { limits } from "qwen-tts/protocol";
import type { ChangeSettings } from "../hooks/useSettings.ts";
import type { ServerInfo } from "../server-watch.ts";
import { speakingModel } from "../server-watch.ts";
import { seedProblem, textLength } from "../settings.ts";
import type { Settings } from "../settings.ts";
import { Slider } from "./Slider.tsx";
import { pitchStops, speedStops } from "./slider-stops.ts";

type SettingsPanelProps = {
  info: ServerInfo | null;
  settings: Settings;
  onChange: ChangeSettings;
  /** The seed of the last clip, drawn or chosen. */
  lastSeed: number | null;
};

export function SettingsPanel({ info, settings, onChange, lastSeed }: SettingsPanelProps) {
  return (
    <section className="settings card" aria-labelledby="settings-title">
      <h2 id="settings-title">Voice</h2>
      {info ? <NameFields info={info} settings={settings} onChange={onChange} /> : <NoNamesYet />}
      <Slider
        label="Speed"
        value={settings.speed}
        stops={speedStops}
        normal={1}
        onChange={(speed) => onChange({ speed })}
      />
      <Slider
        label="Pitch"
        value={settings.pitch}
        stops={pitchStops}
        normal={1}
        onChange={(pitch) => onChange({ pitch })}
      />
      <StyleField info={info} settings={settings} onChange={onChange} />
      <details className="more">
        <summary>More</summary>
        <SeedField seed={settings.seed} lastSeed={lastSeed} onChange={onChange} />
      </details>
    </section>
  );
}

type FieldProps = Omit<SettingsPanelProps, "lastSeed">;
type NameFieldsProps = FieldProps & { info: ServerInfo };

function NameFields({ info, settings, onChange }: NameFieldsProps) {
  const id = useId();
  const { speakers } = info.speakers;
  const chosen = speakers.find(({ name }) => name === settings.speaker);
  return (
    <>
      <div className="form-field">
        <label htmlFor={`${id}-speaker`}>Speaker</label>
        <select
          id={`${id}-speaker`}
          className="field speaker-select"
          value={settings.speaker}
          aria-describedby={`${id}-description`}
          onChange={(event) => onChange({ speaker: event.target.value })}
        >
          {speakers.map(({ name, native_language }) => (
            <option key={name} value={name}>
              {name.replaceAll("_", " ")} ({native_language})
            </option>
          ))}
        </select>
        <p className="hint" id={`${id}-description`}>
          {chosen?.description ?? "This engine has no speakers to choose from."}
        </p>
      </div>
      <div className="form-field">
        <label htmlFor={`${id}-language`}>Language</label>
        <select
          id={`${id}-language`}
          className="field language-select"
          value={settings.language}
          onChange={(event) => onChange({ language: event.target.value })}
        >
          {info.languages.languages.map((name) => (
            <option key={name} value={name}>
              {name === "Auto" ? "Auto (by the text)" : name}
            </option>
          ))}
        </select>
      </div>
    </>
  );
}

function NoNamesYet() {
  return (
    <div className="form-field" aria-hidden="true">
      <span className="skeleton skeleton-label" />
      <span className="skeleton skeleton-field" />
      <span className="skeleton skeleton-label" />
      <span className="skeleton skeleton-field" />
    </div>
  );
}

function StyleField({ info, settings, onChange }: FieldProps) {
  const id = useId();
  const instruct = speakingModel(info?.capabilities.models ?? [])?.instruct;
  const ignored = instruct?.honoured === false ? instruct.reason : undefined;
  const length = textLength(settings.instruct);
  const tooLong = length > limits.instructLength;
  return (
    <div className="form-field">
      <label htmlFor={id}>Style</label>
      <textarea
        id={id}
        className="field instruct-input"
        rows={2}
        value={settings.instruct}
        disabled={ignored !== undefined}
        placeholder={ignored === undefined ? "Calm and warm, like a bedtime story" : ""}
        aria-describedby={`${id}-hint`}
        aria-invalid={tooLong}
        onChange={(event) => onChange({ instruct: event.target.value })}
      />
      <p className="hint" id={`${id}-hint`} data-tone={tooLong ? "gone" : undefined}>
        {ignored ??
          (tooLong
            ? `${length} characters: the limit is ${limits.instructLength}.`
            : "How to say it, in your own words.")}
      </p>
    </div>
  );
}

type SeedFieldProps = { seed: string; lastSeed: number | null; onChange: ChangeSettings };

function SeedField({ seed, lastSeed, onChange }: SeedFieldProps) {
  const id = useId();
  const problem = seedProblem(seed);
  return (
    <div className="form-field">
      <label htmlFor={id}>Seed</label>
      <input
        id={id}
        className="field"
        inputMode="numeric"
        autoComplete="off"
        placeholder="Drawn anew each time"
        value={seed}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange({ seed: event.target.value })}
      />
      <p className="hint" id={`${id}-hint`} data-tone={problem ? "gone" : undefined}>
        {problem ?? "The same seed, text and settings give the same clip."}
      </p>
      {lastSeed !== null && String(lastSeed) !== seed && (
        <button className="link-button" onClick={() => onChange({ seed: String(lastSeed) })}>
          Use the last clip’s, {lastSeed}
        </button>
      )}
    </div>
  );
}
