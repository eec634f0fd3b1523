// One kept voice: hear it, speak with it, hear what it was made of, change, save and delete it.
import { useState } from "react";
import type { ReactNode } from "react";
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
      <VoiceWords voice={voice} />
      {editing ? (
        <VoiceEdit
          voice={voice}
          onChange={(wanted) => void change(wanted)}
          onLeave={() => setEditing(false)}
        />
      ) : (
        <div className="model-wide row voice-actions">
          <SpeakButton name={`Hear ${name}`} blocked={blocked} onPress={hear}>
            <Icon name="play" />
            Hear
          </SpeakButton>
          <SpeakButton
            name={`Speak with ${name}`}
            blocked={blocked}
            onPress={() => onSpeakWith(name)}
          >
            Speak
          </SpeakButton>
          <AuditionStatus audition={audition} whose={whose} />
        </div>
      )}
      {reference && (
        <div className="model-wide row">
          <ClipPlayer audio={reference} seconds={voice.seconds} label={`recording of ${name}`} />
        </div>
      )}
      <div className="model-wide row voice-actions voice-links">
        {!reference && <Link name={name} label="Recording" onPress={() => void showReference()} />}
        <Link name={name} label="Rename" onPress={() => setEditing(true)} />
        <Link name={name} label="Export" onPress={() => void save()} />
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

type PressProps = { name: string; label: string; onPress: () => void };

function Link({ name, label, onPress }: PressProps) {
  return (
    <button className="link-button" aria-label={`${label} ${name}`} onClick={onPress}>
      {label}
    </button>
  );
}

type SpeakButtonProps = {
  name: string;
  blocked: boolean;
  onPress: () => void;
  children: ReactNode;
};

function SpeakButton({ name, blocked, onPress, children }: SpeakButtonProps) {
  return (
    <button
      className="button button-small"
      aria-label={name}
      disabled={blocked}
      aria-describedby={blocked ? "no-cloning" : undefined}
      onClick={onPress}
    >
      {children}
    </button>
  );
}

function VoiceWords({ voice }: { voice: VoiceBody }) {
  const words = voice.description ?? voice.transcript;
  return (
    <div className="model-wide">
      <h3>{voice.name}</h3>
      <p className="hint">{describe(voice)}</p>
      {words !== null && <p className="hint clip-text">“{words}”</p>}
      {voice.advice.length > 0 && (
        <p className="hint" data-tone="warn">
          {voice.advice.join(" ")}
        </p>
      )}
    </div>
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
