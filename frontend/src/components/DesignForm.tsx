// A voice from a description: describe it, hear one, hear another, keep the one that is liked. The seed
// of a try is drawn here, so that what is kept is what was heard.
import { useState } from "react";
import { limits } from "qwen-tts/protocol";
import { newVoice } from "../hooks/useVoices.ts";
import type { Voices } from "../hooks/useVoices.ts";
import { canDo } from "../model-choice.ts";
import { sampleSentence } from "../sample-texts.ts";
import type { ServerInfo } from "../server-watch.ts";
import { textLength } from "../settings.ts";
import { consentWords, nameProblem } from "../voices/recording.ts";
import { designVoice } from "../voices/voices-api.ts";
import { AuditionStatus } from "./AuditionStatus.tsx";
import { ConsentField } from "./ConsentField.tsx";
import { DescriptionFields } from "./DescriptionFields.tsx";
import { Icon } from "./Icon.tsx";
import { KeepButton } from "./KeepButton.tsx";
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

/** As typed; an empty language or text is the usual one. */
const noWish = { description: "", language: "", text: "" };

const whose = "design";
const seeds = 2 ** 31;

export function DesignForm({ voices, info, taken, audition, onSaved }: DesignFormProps) {
  const [wish, setWish] = useState(noWish);
  const [heard, setHeard] = useState<Try>();
  const [name, setName] = useState("");
  const [consent, setConsent] = useState(false);
  const [saving, setSaving] = useState(false);

  const language = wish.language || (info?.languages.default ?? "");
  const text = wish.text.trim() || sampleSentence(language);
  const wanted = { voice_description: wish.description.trim(), text, language };
  const design = canDo(info, "design");
  const cannotHear = design.honoured ? descriptionProblem(wish.description) : design.reason;
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
    const voice = await voices.run(newVoice, (options) => designVoice(body, options));
    setSaving(false);
    if (!voice) return;
    onSaved(voice.name);
    setName("");
    setConsent(false);
    setHeard(undefined);
  };

  return (
    <div className="fields design-form">
      <DescriptionFields
        info={info}
        wish={wish}
        onWish={(part) => setWish((before) => ({ ...before, ...part }))}
      />
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
      <KeepButton
        saving={saving}
        blocked={cannotKeep}
        isSaid={!design.honoured}
        onKeep={() => void save()}
      />
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
