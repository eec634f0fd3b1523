// Speaking: what is typed, how it shall sound, what came of it.
import { useRef } from "react";
import { clipFileName, saveFile } from "../download.ts";
import type { HistoryClip } from "../history/history-store.ts";
import type { Server } from "../hooks/useServer.ts";
import type { ChangeSettings } from "../hooks/useSettings.ts";
import type { Studio } from "../hooks/useStudio.ts";
import type { Settings } from "../settings.ts";
import { BatchPanel } from "./BatchPanel.tsx";
import { Composer } from "./Composer.tsx";
import { HistoryPanel } from "./HistoryPanel.tsx";
import { ModeSwitch } from "./ModeSwitch.tsx";
import type { Mode } from "./ModeSwitch.tsx";
import { PlayerPanel } from "./PlayerPanel.tsx";
import { SettingsPanel } from "./SettingsPanel.tsx";
import { StreamActions } from "./StreamActions.tsx";

type SpeakViewProps = {
  server: Server;
  settings: Settings;
  onSettings: ChangeSettings;
  text: string;
  onText: (text: string) => void;
  mode: Mode;
  onMode: (mode: Mode) => void;
  studio: Studio;
  hidden: boolean;
};

export function SpeakView({
  server,
  settings,
  onSettings,
  text,
  onText,
  ...props
}: SpeakViewProps) {
  const { mode, onMode, studio, hidden } = props;
  const { streaming, batch, history, spoken } = studio;
  const textField = useRef<HTMLTextAreaElement>(null);
  const reuse = (clip: HistoryClip) => {
    onText(clip.text);
    onSettings(clip.settings);
    onMode("single");
    textField.current?.focus();
  };
  return (
    <div className="workspace" hidden={hidden}>
      <section className="compose card" aria-label="Text">
        <ModeSwitch mode={mode} onMode={onMode} />
        <div hidden={mode !== "single"}>
          <Composer
            text={text}
            field={textField}
            languages={server.info?.languages.languages ?? []}
            onText={onText}
            onSample={(sample) => {
              onText(sample.text);
              onSettings({ language: sample.language });
            }}
          />
          <StreamActions
            state={streaming.state}
            blocked={studio.streamBlocked}
            onStream={studio.stream}
            onStop={streaming.stop}
          />
        </div>
        {mode === "batch" && (
          <BatchPanel batch={batch} blocked={studio.batchBlocked} onSubmit={studio.submitBatch} />
        )}
      </section>
      {(mode === "single" || streaming.state.kind !== "idle") && (
        <PlayerPanel
          key={spoken?.id}
          state={streaming.state}
          expectedSeconds={spoken?.expectedSeconds ?? 1}
          onStop={mode === "batch" ? streaming.stop : undefined}
          onDownload={(wav) =>
            saveFile(
              wav,
              clipFileName(spoken?.text ?? "", spoken?.settings.speaker ?? "", new Date()),
            )
          }
        />
      )}
      <SettingsPanel
        info={server.info}
        settings={settings}
        onChange={onSettings}
        lastSeed={streaming.state.clip?.seed ?? null}
      />
      <HistoryPanel history={history} onReuse={reuse} />
    </div>
  );
}
