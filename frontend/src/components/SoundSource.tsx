// Where a recording comes from: the microphone, or a file.
import { useId, useState } from "react";
import { recordingBlocked } from "../audio/microphone.ts";
import { readSound } from "../audio/sound.ts";
import type { Sound } from "../audio/sound.ts";
import type { Recorder } from "../hooks/useRecorder.ts";
import { FileButton } from "./FileButton.tsx";
import { Icon } from "./Icon.tsx";
import { RecordingMeter } from "./RecordingMeter.tsx";

type SoundSourceProps = {
  recorder: Recorder;
  /** Whether there is a recording that another would replace. */
  hasRecording: boolean;
  onFile: (sound: Sound) => void;
};

const microphoneBlocked = recordingBlocked();

export function SoundSource({ recorder, hasRecording, onFile }: SoundSourceProps) {
  const id = useId();
  const { recording, start, stop } = recorder;
  const [fileProblem, setFileProblem] = useState<string>();
  const choose = (file: File) =>
    readSound(file).then(
      (sound) => {
        setFileProblem(undefined);
        onFile(sound);
      },
      () =>
        setFileProblem(`This browser cannot read “${file.name}”: choose a WAV, MP3 or Ogg file.`),
    );
  const problem = recording.problem ?? fileProblem;
  return (
    <>
      <div className="button-row">
        {recording.kind === "idle" ? (
          <button
            className="button button-small record-btn"
            disabled={microphoneBlocked !== undefined}
            aria-describedby={id}
            onClick={start}
          >
            <Icon name="record" />
            {hasRecording ? "Record again" : "Record"}
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
          onFile={(file) => void choose(file)}
        />
      </div>
      <p className="hint" id={id} role="status" data-tone={problem ? "gone" : undefined}>
        {problem ?? microphoneBlocked}
      </p>
      {recording.kind !== "idle" && <RecordingMeter recording={recording} />}
    </>
  );
}
