// One kept voice: hear it, speak with it, hear what it was made of, change, save and delete it.
import { useState } from "react";
import type { VoiceBody, VoiceChangeBody } from "qwen-tts/protocol";
import { saveFile } from "../download.ts";
import { formatDate, formatSeconds } from "../format.ts";
import type { Voices } from "../hooks/useVoices.ts";
import { sampleSentence } from "../sample-texts.ts";
import { changeVoice, deleteVoice, exportVoice, getVoiceAudio } from "../voices/voices-api.ts";
import { AuditionStatus } from "./AuditionStatus.tsx";
import { ClipPlayer } from "./ClipPlayer.tsx";
import { Confirm } from "./Confirm.tsx";
import { Icon } from "./Icon.tsx";
import { VoiceEdit } from "./VoiceEdit.tsx";
import type { Audition } from "./VoicesView.tsx";

type VoiceRowProps = {
  voice: VoiceBody;
  voices: Voices;
  audition: Audition;
  /** Why it cannot speak now. */
  speakBlocked: string | undefined;
  onSpeakWith: (name: string) => void;
  onRemoved: () => void;
};

export function VoiceRow({ voice, voices, speakBlocked, ...props }: VoiceRowProps) {
  const { audition, onSpeakWith, onRemoved } = props;
  const [editing, setEditing] = useState(false);
  const [reference, setReference] = useState<Blob>();
  const { name, language } = voice;
  const whose = `voice ${name}`;
  const blocked = speakBlocked !== undefined;

  const hear = () => {
    const body = { text: sampleSentence(language), speaker: name, ...(language && { language }) };
    audition.play(whose, body);
  };
  const showReference = async () => {
    const audio = await voices.run((options) => getVoiceAudio(name, options));
    if (audio) setReference(audio);
  };
  const save = async () => {
    const file = await voices.run((options) => exportVoice(name, options));
    if (file) saveFile(file, `${name}.voice`);
  };
  const change = async (change: VoiceChangeBody) => {
    if (await voices.run((options) => changeVoice(name, change, options))) setEditing(false);
  };
  const remove = async () => {
    if ((await voices.run((options) => deleteVoice(name, options))) !== undefined) onRemoved();
  };

  return (
    <li className="voice-row" aria-label={name}>
      <div className="model-wide">
        <h3>{name}</h3>
        <p className="hint">{describe(voice)}</p>
        {(voice.description ?? voice.transcript) && (
          <p className="hint clip-text">“{voice.description ?? voice.transcript}”</p>
        )}
        {voice.advice.length > 0 && (
          <p className="hint" data-tone="warn">
            {voice.advice.join(" ")}
          </p>
        )}
      </div>
      {editing ? (
        <VoiceEdit
          voice={voice}
          onChange={(wanted) => void change(wanted)}
          onLeave={() => setEditing(false)}
        />
      ) : (
        <div className="model-wide row voice-actions">
          <button
            className="button button-small hear-voice"
            aria-label={`Hear ${name}`}
            disabled={blocked}
            aria-describedby={blocked ? "no-cloning" : undefined}
            onClick={hear}
          >
            <Icon name="play" />
            Hear
          </button>
          <button
            className="button button-small"
            aria-label={`Speak with ${name}`}
            disabled={blocked}
            aria-describedby={blocked ? "no-cloning" : undefined}
            onClick={() => onSpeakWith(name)}
          >
            Speak with it
          </button>
          <AuditionStatus audition={audition} whose={whose} />
        </div>
      )}
      {reference && (
        <ClipPlayer audio={reference} seconds={voice.seconds} label={`recording of ${name}`} />
      )}
      <div className="model-wide row voice-actions voice-links">
        {!reference && (
          <button
            className="link-button"
            aria-label={`Recording of ${name}`}
            onClick={() => void showReference()}
          >
            Recording
          </button>
        )}
        <button
          className="link-button"
          aria-label={`Edit ${name}`}
          onClick={() => setEditing(true)}
        >
          Rename
        </button>
        <button className="link-button" aria-label={`Export ${name}`} onClick={() => void save()}>
          Export
        </button>
        <Confirm
          label="Delete"
          name={`Delete ${name}`}
          question={`Delete “${name}”?`}
          onConfirm={() => void remove()}
        />
      </div>
    </li>
  );
}

function describe({ kind, source, seconds, language, created }: VoiceBody): string {
  const origin = {
    upload: "From a file",
    microphone: "From the microphone",
    design: "Designed",
    import: kind === "design" ? "Designed, imported" : "Imported",
  };
  return [
    origin[source],
    formatSeconds(seconds),
    language,
    formatDate(new Date(created), new Date()),
  ]
    .filter(Boolean)
    .join(" · ");
}
