// How it shall sound: speaker, language, speed, pitch, style, seed.
import { useId } from "react";
import { limits } from "qwen-tts/protocol";
import type { ChangeSettings } from "../hooks/useSettings.ts";
import { modelFor } from "../model-choice.ts";
import type { ServerInfo } from "../server-watch.ts";
import { seedProblem, textLength } from "../settings.ts";
import type { Settings } from "../settings.ts";
import { LanguageField, ModelField, SpeakerField } from "./NameFields.tsx";
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
      {info ? (
        <>
          <SpeakerField info={info} settings={settings} onChange={onChange} />
          <LanguageField info={info} settings={settings} onChange={onChange} />
        </>
      ) : (
        <NoNamesYet />
      )}
      <Slider
        label="Speed"
        hint="How fast; the pitch stays."
        value={settings.speed}
        stops={speedStops}
        normal={1}
        onChange={(speed) => onChange({ speed })}
      />
      <Slider
        label="Pitch"
        hint="How high; the length stays."
        value={settings.pitch}
        stops={pitchStops}
        normal={1}
        onChange={(pitch) => onChange({ pitch })}
      />
      <StyleField info={info} settings={settings} onChange={onChange} />
      <details className="more">
        <summary>More</summary>
        {info && <ModelField info={info} settings={settings} onChange={onChange} />}
        <SeedField seed={settings.seed} lastSeed={lastSeed} onChange={onChange} />
      </details>
    </section>
  );
}

type FieldProps = Omit<SettingsPanelProps, "lastSeed">;

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
  const instruct = modelFor(info, settings)?.instruct;
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
