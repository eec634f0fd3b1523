// What a visitor should know before typing: which engine this is, what is on its way, what is missing.
import type { ServerState } from "../server-watch.ts";
import { speakingModel } from "../server-watch.ts";

export function Notices({ server }: { server: ServerState }) {
  const models = server.health?.models ?? [];
  const speaking = speakingModel(server.info?.capabilities.models ?? []);
  const others = models.filter(({ id, state }) => id !== speaking?.id && state !== "idle");
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
          {label}: {state === "loading" ? "loading…" : state}
          {reason && `. ${reason}`}
        </p>
      ))}
    </div>
  );
}
