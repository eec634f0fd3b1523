// How the try of a voice goes: on its way, speaking, failed; and how to stop it.
import { isActive } from "../streaming/stream-state.ts";
import { ErrorMessage } from "./ErrorMessage.tsx";
import { Icon } from "./Icon.tsx";
import { SpeakingSign } from "./SpeakingSign.tsx";
import type { Audition } from "./VoicesView.tsx";

export function AuditionStatus({ audition, whose }: { audition: Audition; whose: string }) {
  const { streaming } = audition;
  const { state } = streaming;
  if (audition.whose !== whose) return null;
  if (state.kind === "failed") return <ErrorMessage problem={state.problem} />;
  if (!isActive(state)) return null;
  return (
    <>
      <button className="button button-small" onClick={streaming.stop}>
        <Icon name="stop" />
        Stop
      </button>
      <SpeakingSign className="audition-indicator">
        {state.kind === "waiting" ? "Asking…" : "Speaking"}
      </SpeakingSign>
    </>
  );
}
