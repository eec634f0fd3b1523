// The page, put together: what is typed, how it shall sound, what came of it.
import { useRef, useState } from "react";
import type { HealthResponse } from "qwen-tts/protocol";
import { ApiKeyForm } from "./components/ApiKeyForm.tsx";
import { BatchPanel } from "./components/BatchPanel.tsx";
import { Composer } from "./components/Composer.tsx";
import { Header } from "./components/Header.tsx";
import { HistoryPanel } from "./components/HistoryPanel.tsx";
import { LiveStatus } from "./components/LiveStatus.tsx";
import { ModeSwitch } from "./components/ModeSwitch.tsx";
import type { Mode } from "./components/ModeSwitch.tsx";
import { ModelsView } from "./components/ModelsView.tsx";
import { Notices } from "./components/Notices.tsx";
import { PlayerPanel } from "./components/PlayerPanel.tsx";
import { SettingsPanel } from "./components/SettingsPanel.tsx";
import { StreamActions } from "./components/StreamActions.tsx";
import { ViewSwitch } from "./components/ViewSwitch.tsx";
import { VoicesView } from "./components/VoicesView.tsx";
import { clipFileName, saveFile } from "./download.ts";
import { useApiKey } from "./hooks/useApiKey.ts";
import { useArrival } from "./hooks/useArrival.ts";
import { useHotkeys } from "./hooks/useHotkeys.ts";
import { useModels } from "./hooks/useModels.ts";
import { useServer } from "./hooks/useServer.ts";
import { useSettings } from "./hooks/useSettings.ts";
import { useStudio } from "./hooks/useStudio.ts";
import { useView } from "./hooks/useView.ts";
import { useVoices } from "./hooks/useVoices.ts";
import type { HistoryClip } from "./history/history-store.ts";

export function App() {
  const [apiKey, setApiKey] = useApiKey();
  const server = useServer(apiKey);
  const [settings, changeSettings] = useSettings(server.info);
  const [text, setText] = useState("");
  const [mode, setMode] = useState<Mode>("single");
  const textField = useRef<HTMLTextAreaElement>(null);
  const studio = useStudio({ server, apiKey, text, settings });
  const { streaming, batch, history, spoken } = studio;

  const [view, showView] = useView();
  const [arrival, onArrivalRead] = useArrival(server.health);
  const models = useModels({
    apiKey,
    shown: view === "models",
    healthMark: markOf(server.health),
    onChanged: server.checkNow,
  });
  const voices = useVoices({ apiKey, shown: view === "voices", onChanged: server.checkNow });

  useHotkeys(mode === "single" ? studio.stream : studio.submitBatch, studio.stopAll);

  const reuse = (clip: HistoryClip) => {
    setText(clip.text);
    changeSettings(clip.settings);
    setMode("single");
    textField.current?.focus();
  };

  return (
    <div className="page">
      <Header server={server} />
      <ViewSwitch view={view} />
      <Notices server={server} arrival={arrival} onArrivalRead={onArrivalRead} />
      <main>
        {server.needsKey && <ApiKeyForm wasWrong={apiKey !== ""} onKey={setApiKey} />}
        <div className="workspace" hidden={view !== "speak"}>
          <section className="compose card" aria-label="Text">
            <ModeSwitch mode={mode} onMode={setMode} />
            <div hidden={mode !== "single"}>
              <Composer
                text={text}
                field={textField}
                languages={server.info?.languages.languages ?? []}
                onText={setText}
                onSample={(sample) => {
                  setText(sample.text);
                  changeSettings({ language: sample.language });
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
              <BatchPanel
                batch={batch}
                blocked={studio.batchBlocked}
                onSubmit={studio.submitBatch}
              />
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
            onChange={changeSettings}
            lastSeed={streaming.state.clip?.seed ?? null}
          />
          <HistoryPanel history={history} onReuse={reuse} />
        </div>
        <VoicesView
          voices={voices}
          info={server.info}
          apiKey={apiKey}
          audition={{ whose: spoken?.audition, streaming, play: studio.audition }}
          hidden={view !== "voices"}
          onSpeakWith={(name) => {
            changeSettings({ speaker: name });
            showView("speak");
          }}
        />
        <ModelsView models={models} hidden={view !== "models"} />
      </main>
      <LiveStatus state={streaming.state} />
    </div>
  );
}

/** Changes with what the models' view shows of a server. */
function markOf(health: HealthResponse | null): string {
  return JSON.stringify([health?.models, health?.downloads?.map(({ id }) => id)]);
}
