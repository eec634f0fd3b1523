// What a visitor should know before typing: which engine this is, what is on its way, what is missing.
import type { ModelStateName } from "qwen-tts/protocol";
import type { ServerState } from "../server-watch.ts";
import { speakingModel } from "../server-watch.ts";

const stateWords: Record<ModelStateName, string> = {
  absent: "is not here",
  idle: "is here and not loaded",
  loading: "is loading…",
  ready: "is ready too",
  failed: "could not be loaded",
};

export function Notices({ server }: { server: ServerState }) {
  const speaking = speakingModel(server.info?.capabilities.models ?? []);
  const others = speaking
    ? (server.health?.models ?? []).filter(({ id }) => id !== speaking.id)
    : [];
  const notice = server.info?.capabilities.notice;
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
      {notice && <p className="notice">{notice}</p>}
      {others.map(({ id, label, state, reason }) => (
        <p key={id} className="notice">
          {label} {stateWords[state]}
          {reason && `: ${reason}`}
        </p>
      ))}
    </div>
  );
}
