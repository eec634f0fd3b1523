// What a visitor should know before typing: which engine this is, what is on its way, what is missing.
import type { ModelStateName } from "qwen-tts/protocol";
import type { Arrival } from "../models/arrival.ts";
import type { ServerState } from "../server-watch.ts";
import { speakingModel } from "../server-watch.ts";

/** The other states are no news: the models' view has them. */
const newsWords: Partial<Record<ModelStateName, string>> = {
  loading: "is loading…",
  failed: "could not be loaded",
};

type NoticesProps = { server: ServerState; arrival: Arrival; onArrivalRead: () => void };

export function Notices({ server, arrival, onArrivalRead }: NoticesProps) {
  const speaking = speakingModel(server.info?.capabilities.models ?? []);
  const quiet = arrival.kind === "none" || arrival.kind === "taken_over";
  const others = (server.health?.models ?? []).filter(
    ({ id, state }) =>
      id !== speaking?.id && (state === "failed" || (quiet && state === "loading")),
  );
  const notice = quiet && server.info?.capabilities.notice;
  return (
    <div className="notices">
      {server.reach === "unreachable" && (
        <p className="notice" data-tone="gone" role="status">
          <span className="spinner" aria-hidden="true" />
          <span>
            The speech server does not answer. Check that it is running (<code>npm start</code>);
            this page connects again by itself.
          </span>
        </p>
      )}
      <ArrivalNotice arrival={arrival} onRead={onArrivalRead} />
      {notice && <p className="notice">{notice}</p>}
      {others.map(({ id, label, state, reason }) => (
        <p key={id} className="notice">
          {label} {newsWords[state]}
          {reason && `: ${reason}`}
        </p>
      ))}
    </div>
  );
}

function ArrivalNotice({ arrival, onRead }: { arrival: Arrival; onRead: () => void }) {
  switch (arrival.kind) {
    case "none":
      return null;
    case "coming":
      return (
        <div className="notice arrival">
          <p>
            {arrival.text} <a href="#models">Models</a>
          </p>
          <progress aria-label="Download" max={100} value={arrival.percent} />
        </div>
      );
    case "preparing":
      return (
        <p className="notice arrival" role="status">
          <span className="spinner" aria-hidden="true" />
          <span>{arrival.text}</span>
        </p>
      );
    case "taken_over":
      return (
        <div className="notice arrival" data-tone="good">
          <p role="status">{arrival.text}</p>
          <button className="link-button" onClick={onRead}>
            OK
          </button>
        </div>
      );
  }
}
