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
import { ErrorMessage } from "./ErrorMessage.tsx";
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
  /** Its row went away, and the keyboard's place with it. */
  onGone: () => void;
};

export function VoiceRow({ voice, voices, speakBlocked, ...props }: VoiceRowProps) {
  const { audition, onSpeakWith, onGone } = props;
  const [editing, setEditing] = useState<"not yet" | "now" | "left">("not yet");
  const [reference, setReference] = useState<Blob>();
  const { name, language } = voice;
  const whose = `voice ${name}`;
  const blocked = speakBlocked !== undefined;

  const hear = () => {
    const body = { text: sampleSentence(language), speaker: name, ...(language && { language }) };
    audition.play(whose, body);
  };
  const showReference = async () => {
    const audio = await voices.run(whose, (options) => getVoiceAudio(name, options));
    if (audio) setReference(audio);
  };
  const save = async () => {
    const file = await voices.run(whose, (options) => exportVoice(name, options));
    if (file) saveFile(file, `${name}.voice`);
  };
  const change = async (change: VoiceChangeBody) => {
    const changed = await voices.run(whose, (options) => changeVoice(name, change, options));
    if (!changed) return;
    setEditing("left");
    if (changed.name !== name) onGone(); // its row is another one now
  };
  const remove = async () => {
    const removed = await voices.run(whose, (options) => deleteVoice(name, options));
    if (removed !== undefined) onGone();
  };

  return (
    <li className="voice-row" aria-label={name}>
      <VoiceWords voice={voice} />
      {editing === "now" ? (
        <VoiceEdit
          voice={voice}
          onChange={(wanted) => void change(wanted)}
          onLeave={() => setEditing("left")}
        />
      ) : (
        <SpeakButtons name={name} blocked={blocked} onHear={hear} onSpeakWith={onSpeakWith}>
          <AuditionStatus audition={audition} whose={whose} />
        </SpeakButtons>
      )}
      {voices.problem?.whose === whose && (
        <div className="model-wide">
          <ErrorMessage problem={voices.problem.words} />
        </div>
      )}
      {reference && (
        <div className="model-wide row">
          <ClipPlayer audio={reference} seconds={voice.seconds} label={`recording of ${name}`} />
        </div>
      )}
      <div className="model-wide row voice-actions voice-links">
        {!reference && <Link name={name} label="Recording" onPress={() => void showReference()} />}
        {editing !== "now" && (
          <Link
            name={name}
            label="Edit"
            autoFocus={editing === "left"}
            onPress={() => setEditing("now")}
          />
        )}
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

type LinkProps = { name: string; label: string; autoFocus?: boolean; onPress: () => void };

function Link({ name, label, autoFocus = false, onPress }: LinkProps) {
  return (
    <button
      className="link-button"
      aria-label={`${label} ${name}`}
      autoFocus={autoFocus}
      onClick={onPress}
    >
      {label}
    </button>
  );
}

type SpeakButtonsProps = {
  name: string;
  blocked: boolean;
  onHear: () => void;
  onSpeakWith: (name: string) => void;
  children: ReactNode;
};

function SpeakButtons({ name, blocked, onHear, onSpeakWith, children }: SpeakButtonsProps) {
  return (
    <div className="model-wide row voice-actions">
      <SpeakButton name={`Hear ${name}`} blocked={blocked} onPress={onHear}>
        <Icon name="play" />
        Hear
      </SpeakButton>
      <SpeakButton name={`Speak with ${name}`} blocked={blocked} onPress={() => onSpeakWith(name)}>
        Speak
      </SpeakButton>
      {children}
    </div>
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
