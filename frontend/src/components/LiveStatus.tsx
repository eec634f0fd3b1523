// The clip's course for those who do not see it: few words, only at its turns.
import { formatSeconds } from "../format.ts";
import type { StreamState } from "../streaming/stream-state.ts";

export function LiveStatus({ state }: { state: StreamState }) {
  return (
    <p className="visually-hidden" role="status">
      {describe(state)}
    </p>
  );
}

function describe(state: StreamState): string {
  switch (state.kind) {
    case "waiting":
      return state.queuePlace === null ? "Asking" : `Waiting, place ${state.queuePlace}`;
    case "buffering":
      return "Buffering";
    case "playing":
    case "draining":
      return "Speaking";
    case "done": {
      const { recorder } = state.clip ?? {};
      return recorder ? `Finished, ${formatSeconds(recorder.seconds)}` : "Finished";
    }
    case "stopped":
      return "Stopped";
    case "idle":
    case "failed":
      return "";
  }
}
