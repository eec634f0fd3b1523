// A voice from a recording: record or choose a file, cut it, say what it says, name it, keep it.
import { useId, useMemo, useState } from "react";
import { limits } from "qwen-tts/protocol";
import type { VoiceSource } from "qwen-tts/protocol";
import { cutWav } from "../audio/sound.ts";
import type { Sound, Span } from "../audio/sound.ts";
import { useRecorder } from "../hooks/useRecorder.ts";
import { useRecordingCheck } from "../hooks/useRecordingCheck.ts";
import { newVoice } from "../hooks/useVoices.ts";
import type { Voices } from "../hooks/useVoices.ts";
import { consentWords, firstSpan, lengthProblem, nameProblem } from "../voices/recording.ts";
import { addVoice } from "../voices/voices-api.ts";
import { ConsentField } from "./ConsentField.tsx";
import { KeepButton } from "./KeepButton.tsx";
import { RecordingDraft } from "./RecordingDraft.tsx";
import { SoundSource } from "./SoundSource.tsx";
import { VoiceNameField } from "./VoiceNameField.tsx";

type CloneFormProps = {
  voices: Voices;
  apiKey: string;
  taken: string[];
  shown: boolean;
  onSaved: (name: string) => void;
};

type Draft = { sound: Sound; span: Span; source: VoiceSource };

const nothing = { name: "", transcript: "", consent: false };

export function CloneForm({ voices, apiKey, taken, shown, onSaved }: CloneFormProps) {
  const [draft, setDraft] = useState<Draft>();
  const [words, setWords] = useState(nothing);
  const [saving, setSaving] = useState(false);
  const change = (part: Partial<typeof nothing>) => setWords((before) => ({ ...before, ...part }));

  const take = (sound: Sound, source: VoiceSource) =>
    setDraft({ sound, source, span: firstSpan(sound.seconds) });
  const recorder = useRecorder(shown, (sound) => take(sound, "microphone"));
  const wav = useMemo(() => draft && cutWav(draft.sound, draft.span), [draft]);
  const check = useRecordingCheck(wav, apiKey);

  const keep = async () => {
    if (!draft || !wav) return;
    setSaving(true);
    const voice = await voices.run(newVoice, (options) =>
      addVoice(
        {
          name: words.name.trim(),
          transcript: words.transcript.trim(),
          source: draft.source,
          audio: wav,
          consent: consentWords.recording,
        },
        options,
      ),
    );
    setSaving(false);
    if (!voice) return;
    onSaved(voice.name);
    setDraft(undefined);
    setWords(nothing);
  };

  return (
    <div className="fields clone-form">
      <p className="hint">
        {limits.recordingSeconds.min} to {limits.recordingSeconds.max} seconds of one person, alone
        and in a quiet room; about ten are best.
      </p>
      <SoundSource
        recorder={recorder}
        hasRecording={draft?.source === "microphone"}
        onFile={(sound) => take(sound, "upload")}
      />
      {draft && wav && recorder.recording.kind === "idle" && (
        <RecordingDraft
          {...draft}
          wav={wav}
          check={check}
          onSpan={(span) => setDraft({ ...draft, span })}
        />
      )}
      <TranscriptField
        transcript={words.transcript}
        onTranscript={(transcript) => change({ transcript })}
      />
      <VoiceNameField name={words.name} taken={taken} onName={(name) => change({ name })} />
      <ConsentField
        words={consentWords.recording}
        given={words.consent}
        onGiven={(consent) => change({ consent })}
      />
      <KeepButton
        saving={saving}
        blocked={whyNot(draft, words, taken)}
        onKeep={() => void keep()}
      />
    </div>
  );
}

function whyNot(
  draft: Draft | undefined,
  { name, consent }: typeof nothing,
  taken: string[],
): string | undefined {
  if (!draft) return "Record something, or choose a file.";
  const problem = lengthProblem(draft.span) ?? nameProblem(name, taken);
  return problem ?? (consent ? undefined : "Confirm the consent.");
}

type TranscriptFieldProps = { transcript: string; onTranscript: (transcript: string) => void };

function TranscriptField({ transcript, onTranscript }: TranscriptFieldProps) {
  const id = useId();
  return (
    <div className="form-field">
      <label htmlFor={id}>What is said in it</label>
      <textarea
        id={id}
        className="field transcript-input"
        rows={2}
        maxLength={limits.transcriptLength}
        value={transcript}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onTranscript(event.target.value)}
      />
      <p className="hint" id={`${id}-hint`}>
        Word by word, of the part that is kept: the voice then comes nearer. Empty: by its sound
        alone.
      </p>
    </div>
  );
}
