// A voice from a description: describe it, hear one, hear another, keep the one that is liked. The seed
// of a try is drawn here, so that what is kept is what was heard.
import { useId, useState } from "react";
import { limits } from "qwen-tts/protocol";
import type { Voices } from "../hooks/useVoices.ts";
import { canDo } from "../model-choice.ts";
import { sampleSentence } from "../sample-texts.ts";
import type { ServerInfo } from "../server-watch.ts";
import { textLength } from "../settings.ts";
import { consentWords, nameProblem } from "../voices/recording.ts";
import { designVoice } from "../voices/voices-api.ts";
import { AuditionStatus } from "./AuditionStatus.tsx";
import { ConsentField } from "./ConsentField.tsx";
import { Icon } from "./Icon.tsx";
import { VoiceNameField } from "./VoiceNameField.tsx";
import type { Audition } from "./VoicesView.tsx";

type DesignFormProps = {
  voices: Voices;
  info: ServerInfo | null;
  taken: string[];
  audition: Audition;
  onSaved: (name: string) => void;
};

/** What makes a voice the one it is. */
type Try = { voice_description: string; text: string; language: string; seed: number };

const whose = "design";
const seeds = 2 ** 31;

export function DesignForm({ voices, info, taken, audition, onSaved }: DesignFormProps) {
  const id = useId();
  const [description, setDescription] = useState("");
  const [typedText, setText] = useState("");
  const [chosenLanguage, setLanguage] = useState<string>();
  const [heard, setHeard] = useState<Try>();
  const [name, setName] = useState("");
  const [consent, setConsent] = useState(false);
  const [saving, setSaving] = useState(false);

  const language = chosenLanguage ?? info?.languages.default ?? "";
  const text = typedText.trim() || sampleSentence(language);
  const wanted = { voice_description: description.trim(), text, language };
  const design = canDo(info, "design");
  const cannotHear = design.honoured ? descriptionProblem(description) : design.reason;
  const cannotKeep =
    cannotHear ??
    (heard && isSame(heard, wanted) ? undefined : "Hear it first: each try is another voice.") ??
    nameProblem(name, taken) ??
    (consent ? undefined : "Confirm the consent.");

  const hear = () => {
    const next = { ...wanted, seed: Math.floor(seeds * Math.random()) };
    setHeard(next);
    audition.play(whose, next);
  };
  const save = async () => {
    if (!heard) return;
    setSaving(true);
    const body = { ...heard, name: name.trim(), consent: consentWords.design };
    const voice = await voices.run((options) => designVoice(body, options));
    setSaving(false);
    if (!voice) return;
    onSaved(voice.name);
    setName("");
    setConsent(false);
    setHeard(undefined);
  };

  return (
    <div className="fields design-form">
      <div className="form-field">
        <label htmlFor={id}>Description</label>
        <textarea
          id={id}
          className="field description-input"
          rows={3}
          value={description}
          disabled={!design.honoured}
          placeholder={design.honoured ? "A woman of about forty, deep and calm, close to you" : ""}
          aria-describedby={`${id}-hint`}
          onChange={(event) => setDescription(event.target.value)}
        />
        <p className="hint" id={`${id}-hint`}>
          {design.honoured ? (
            "Age, sex, pitch, pace, mood, accent: in English or Chinese, in your own words."
          ) : (
            <>
              {design.reason} <a href="#models">Models</a>
            </>
          )}
        </p>
      </div>
      <div className="form-field">
        <label htmlFor={`${id}-language`}>Language</label>
        <select
          id={`${id}-language`}
          className="field"
          value={language}
          disabled={!design.honoured}
          onChange={(event) => setLanguage(event.target.value)}
        >
          {info?.languages.languages.map((one) => (
            <option key={one} value={one}>
              {one === "Auto" ? "Auto (by the text)" : one}
            </option>
          ))}
        </select>
      </div>
      <div className="form-field">
        <label htmlFor={`${id}-text`}>What it says</label>
        <textarea
          id={`${id}-text`}
          className="field"
          rows={2}
          value={typedText}
          disabled={!design.honoured}
          placeholder={sampleSentence(language)}
          aria-describedby={`${id}-text-hint`}
          onChange={(event) => setText(event.target.value)}
        />
        <p className="hint" id={`${id}-text-hint`}>
          The voice is kept as it is heard here: a sentence or two, in its usual mood.
        </p>
      </div>
      <div className="button-row">
        <button
          className="button button-small hear-design"
          disabled={cannotHear !== undefined}
          onClick={hear}
        >
          <Icon name="play" />
          {heard && isSame(heard, wanted) ? "Hear another" : "Hear it"}
        </button>
        <AuditionStatus audition={audition} whose={whose} />
      </div>
      <VoiceNameField name={name} taken={taken} onName={setName} />
      <ConsentField words={consentWords.design} given={consent} onGiven={setConsent} />
      <div className="button-row">
        <button
          className="button button-primary save-design"
          disabled={cannotKeep !== undefined || saving}
          aria-describedby={`${id}-blocked`}
          onClick={() => void save()}
        >
          {saving ? "Keeping…" : "Keep this voice"}
        </button>
        <p className="hint" id={`${id}-blocked`}>
          {design.honoured && cannotKeep}
        </p>
      </div>
    </div>
  );
}

function descriptionProblem(description: string): string | undefined {
  const length = textLength(description);
  if (length === 0) return "Describe the voice first.";
  const most = limits.voiceDescriptionLength;
  return length > most ? `${length} characters: the limit is ${most}.` : undefined;
}

function isSame(heard: Try, wanted: Omit<Try, "seed">): boolean {
  return (
    heard.voice_description === wanted.voice_description &&
    heard.text === wanted.text &&
    heard.language === wanted.language
  );
}
