// A voice from a recording: record or choose a file, cut it, say what it says, name it, keep it.
import { useId, useMemo, useState } from "react";
import { limits } from "qwen-tts/protocol";
import type { VoiceSource } from "qwen-tts/protocol";
import { recordingBlocked } from "../audio/microphone.ts";
import { cutWav, readSound } from "../audio/sound.ts";
import type { Sound, Span } from "../audio/sound.ts";
import { useRecorder } from "../hooks/useRecorder.ts";
import { useRecordingCheck } from "../hooks/useRecordingCheck.ts";
import type { Voices } from "../hooks/useVoices.ts";
import { consentWords, firstSpan, lengthProblem, nameProblem } from "../voices/recording.ts";
import { addVoice } from "../voices/voices-api.ts";
import { ConsentField } from "./ConsentField.tsx";
import { FileButton } from "./FileButton.tsx";
import { Icon } from "./Icon.tsx";
import { RecordingDraft } from "./RecordingDraft.tsx";
import { RecordingMeter } from "./RecordingMeter.tsx";
import { VoiceNameField } from "./VoiceNameField.tsx";

type CloneFormProps = {
  voices: Voices;
  apiKey: string;
  taken: string[];
  shown: boolean;
  onSaved: (name: string) => void;
};

type Draft = { sound: Sound; span: Span; source: VoiceSource };

const microphoneBlocked = recordingBlocked();

export function CloneForm({ voices, apiKey, taken, shown, onSaved }: CloneFormProps) {
  const id = useId();
  const [draft, setDraft] = useState<Draft>();
  const [fileProblem, setFileProblem] = useState<string>();
  const [name, setName] = useState("");
  const [transcript, setTranscript] = useState("");
  const [consent, setConsent] = useState(false);
  const [saving, setSaving] = useState(false);

  const take = (sound: Sound, source: VoiceSource) => {
    setFileProblem(undefined);
    setDraft({ sound, source, span: firstSpan(sound.seconds) });
  };
  const { recording, start, stop } = useRecorder(shown, (sound) => take(sound, "microphone"));
  const chooseFile = (file: File) =>
    readSound(file).then(
      (sound) => take(sound, "upload"),
      () =>
        setFileProblem(`This browser cannot read “${file.name}”: choose a WAV, MP3 or Ogg file.`),
    );
  const wav = useMemo(() => draft && cutWav(draft.sound, draft.span), [draft]);
  const check = useRecordingCheck(wav, apiKey);
  const blocked = whyNot(draft, { name, taken, consent });

  const save = async () => {
    if (!draft || !wav) return;
    setSaving(true);
    const { source } = draft;
    const words = { name: name.trim(), transcript: transcript.trim() };
    const recorded = { ...words, source, audio: wav, consent: consentWords.recording };
    const voice = await voices.run((options) => addVoice(recorded, options));
    setSaving(false);
    if (!voice) return;
    onSaved(voice.name);
    setDraft(undefined);
    setName("");
    setTranscript("");
    setConsent(false);
  };

  return (
    <div className="fields clone-form">
      <p className="hint">
        {limits.recordingSeconds.min} to {limits.recordingSeconds.max} seconds of one person, alone
        and in a quiet room; about ten are best.
      </p>
      <div className="sound-source">
        {recording.kind === "idle" ? (
          <button
            className="button button-small record-btn"
            disabled={microphoneBlocked !== undefined}
            aria-describedby={`${id}-microphone`}
            onClick={start}
          >
            <Icon name="record" />
            {draft?.source === "microphone" ? "Record again" : "Record"}
          </button>
        ) : (
          <button className="button button-small record-btn" onClick={stop}>
            <Icon name="stop" />
            {recording.kind === "opening" ? "Cancel" : "Stop"}
          </button>
        )}
        <FileButton
          label="Choose a file"
          accept="audio/*"
          disabled={recording.kind !== "idle"}
          onFile={(file) => void chooseFile(file)}
        />
      </div>
      <p
        className="hint"
        id={`${id}-microphone`}
        role="status"
        data-tone={(recording.problem ?? fileProblem) ? "gone" : undefined}
      >
        {recording.problem ?? fileProblem ?? microphoneBlocked}
      </p>
      {recording.kind !== "idle" && <RecordingMeter recording={recording} />}
      {draft && wav && recording.kind === "idle" && (
        <RecordingDraft
          sound={draft.sound}
          span={draft.span}
          wav={wav}
          check={check}
          onSpan={(span) => setDraft({ ...draft, span })}
        />
      )}
      <div className="form-field">
        <label htmlFor={`${id}-transcript`}>What is said in it</label>
        <textarea
          id={`${id}-transcript`}
          className="field transcript-input"
          rows={2}
          maxLength={limits.transcriptLength}
          value={transcript}
          aria-describedby={`${id}-transcript-hint`}
          onChange={(event) => setTranscript(event.target.value)}
        />
        <p className="hint" id={`${id}-transcript-hint`}>
          Word by word, of the part that is kept: the voice then comes nearer. Empty: by its sound
          alone.
        </p>
      </div>
      <VoiceNameField name={name} taken={taken} onName={setName} />
      <ConsentField words={consentWords.recording} given={consent} onGiven={setConsent} />
      <div className="button-row">
        <button
          className="button button-primary save-voice"
          disabled={blocked !== undefined || saving}
          aria-describedby={`${id}-blocked`}
          onClick={() => void save()}
        >
          {saving ? "Keeping…" : "Keep this voice"}
        </button>
        <p className="hint" id={`${id}-blocked`}>
          {blocked}
        </p>
      </div>
    </div>
  );
}

type Rest = { name: string; taken: string[]; consent: boolean };

function whyNot(draft: Draft | undefined, { name, taken, consent }: Rest): string | undefined {
  if (!draft) return "Record something, or choose a file.";
  const problem = lengthProblem(draft.span) ?? nameProblem(name, taken);
  if (problem !== undefined) return problem;
  return consent ? undefined : "Confirm the consent.";
}
