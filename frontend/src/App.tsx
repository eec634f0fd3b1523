// The page, put together: its views and what they share.
import { useState } from "react";
import type { HealthResponse } from "qwen-tts/protocol";
import { ApiKeyForm } from "./components/ApiKeyForm.tsx";
import { Header } from "./components/Header.tsx";
import { LiveStatus } from "./components/LiveStatus.tsx";
import type { Mode } from "./components/ModeSwitch.tsx";
import { ModelsView } from "./components/ModelsView.tsx";
import { Notices } from "./components/Notices.tsx";
import { SpeakView } from "./components/SpeakView.tsx";
import { ViewSwitch } from "./components/ViewSwitch.tsx";
import { VoicesView } from "./components/VoicesView.tsx";
import { useApiKey } from "./hooks/useApiKey.ts";
import { useArrival } from "./hooks/useArrival.ts";
import { useHotkeys } from "./hooks/useHotkeys.ts";
import { useModels } from "./hooks/useModels.ts";
import { useServer } from "./hooks/useServer.ts";
import { useSettings } from "./hooks/useSettings.ts";
import { useStudio } from "./hooks/useStudio.ts";
import { useView } from "./hooks/useView.ts";
import { useVoices } from "./hooks/useVoices.ts";

export function App() {
  const [apiKey, setApiKey] = useApiKey();
  const server = useServer(apiKey);
  const [settings, changeSettings] = useSettings(server.info);
  const [text, setText] = useState("");
  const [mode, setMode] = useState<Mode>("single");
  const studio = useStudio({ server, apiKey, text, settings });
  const { streaming, spoken } = studio;

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

  return (
    <div className="page">
      <Header server={server} />
      <ViewSwitch view={view} />
      <Notices server={server} arrival={arrival} onArrivalRead={onArrivalRead} />
      <main data-settled={server.reach !== "connecting"}>
        {server.needsKey && <ApiKeyForm wasWrong={apiKey !== ""} onKey={setApiKey} />}
        <SpeakView
          server={server}
          settings={settings}
          onSettings={changeSettings}
          text={text}
          onText={setText}
          mode={mode}
          onMode={setMode}
          studio={studio}
          hidden={view !== "speak"}
        />
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
  return JSON.stringify([health?.models, health?.downloads.map(({ id }) => id)]);
}
