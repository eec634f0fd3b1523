// The voices of one's own: those that are kept, and how to make one.
import { useRef, useState } from "react";
import type { SpeechBody } from "qwen-tts/protocol";
import type { StreamingAudio } from "../hooks/useStreamingAudio.ts";
import { newVoice, wholeList } from "../hooks/useVoices.ts";
import type { Voices } from "../hooks/useVoices.ts";
import { canDo } from "../model-choice.ts";
import type { ServerInfo } from "../server-watch.ts";
import { importVoice } from "../voices/voices-api.ts";
import { CloneForm } from "./CloneForm.tsx";
import { DesignForm } from "./DesignForm.tsx";
import { ErrorMessage } from "./ErrorMessage.tsx";
import { FileButton } from "./FileButton.tsx";
import { VoiceRow } from "./VoiceRow.tsx";

/** How the parts of the view let something be heard. */
export type Audition = {
  /** Whose try the last clip is. */
  whose: string | undefined;
  streaming: StreamingAudio;
  play: (whose: string, body: SpeechBody) => void;
};

export type VoicesViewProps = {
  voices: Voices;
  info: ServerInfo | null;
  apiKey: string;
  audition: Audition;
  hidden: boolean;
  onSpeakWith: (name: string) => void;
};

export function VoicesView({ voices, info, hidden, ...props }: VoicesViewProps) {
  const [way, setWay] = useState<"recording" | "description">("recording");
  const [saved, setSaved] = useState<string>();
  const { list } = voices;
  const taken = [
    ...(info?.speakers.speakers.map(({ name }) => name) ?? []),
    ...(list?.map(({ name }) => name) ?? []),
  ];
  const form = { ...props, voices, info, taken, onSaved: setSaved };
  return (
    <div className="voices-view" hidden={hidden}>
      <section className="view new-voice card" aria-labelledby="new-voice-title">
        <h2 id="new-voice-title">New voice</h2>
        <WaySwitch way={way} onWay={setWay} />
        <div hidden={way !== "recording"}>
          <CloneForm {...form} shown={!hidden && way === "recording"} />
        </div>
        <div hidden={way !== "description"}>
          <DesignForm {...form} />
        </div>
        <Outcome voices={voices} whose={newVoice} saved={saved} />
      </section>
      <VoiceList {...props} voices={voices} info={info} />
    </div>
  );
}

type OutcomeProps = { voices: Voices; whose: string; saved: string | undefined };

/** What came of it, where it was asked for. */
function Outcome({ voices: { list, problem }, whose, saved }: OutcomeProps) {
  const isThere = list?.some(({ name }) => name === saved) ?? false;
  return (
    <div className="outcome">
      {problem?.whose === whose && <ErrorMessage problem={problem.words} />}
      <p className="hint" role="status">
        {isThere && `“${saved}” is kept. It is among the speakers now.`}
      </p>
    </div>
  );
}

type Way = "recording" | "description";

function WaySwitch({ way, onWay }: { way: Way; onWay: (way: Way) => void }) {
  return (
    <div className="mode-switch" role="group" aria-label="Make it from">
      <button aria-pressed={way === "recording"} onClick={() => onWay("recording")}>
        Recording
      </button>
      <button aria-pressed={way === "description"} onClick={() => onWay("description")}>
        Description
      </button>
    </div>
  );
}

function VoiceList({ voices, info, ...props }: Omit<VoicesViewProps, "hidden">) {
  const title = useRef<HTMLHeadingElement>(null);
  const [imported, setImported] = useState<string>();
  const { list, run } = voices;
  const take = async (file: File) => {
    const voice = await run(wholeList, (options) => importVoice(file, options));
    setImported(voice?.name);
  };
  const speaking = canDo(info, "voices");
  return (
    <section className="view card" aria-labelledby="voices-title">
      <div className="section-head">
        <h2 id="voices-title" ref={title} tabIndex={-1}>
          Your voices
        </h2>
        <FileButton
          label="Import"
          accept=".voice,application/octet-stream"
          onFile={(file) => void take(file)}
        />
      </div>
      <Outcome voices={voices} whose={wholeList} saved={imported} />
      {!speaking.honoured && info && (
        <p className="hint" data-tone="warn" id="no-cloning">
          {speaking.reason} <a href="#models">Models</a>
        </p>
      )}
      {list?.length === 0 && (
        <p className="empty">Voices that you make are kept by the server, here.</p>
      )}
      <ul className="result-list">
        {list?.map((voice) => (
          <VoiceRow
            key={voice.name}
            voice={voice}
            voices={voices}
            {...props}
            speakBlocked={speaking.honoured ? undefined : speaking.reason}
            onGone={() => title.current?.focus()}
          />
        ))}
      </ul>
    </section>
  );
}
