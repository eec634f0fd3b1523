// What the server says of a recording before it is kept, for React: asked when it has not changed for a
// moment.
import { useEffect, useState } from "react";
import type { VoiceCheckResponse } from "qwen-tts/protocol";
import { checkRecording } from "../voices/voices-api.ts";

/** While an end is being dragged, no question is worth its way. */
const restMs = 400;

/** Undefined while nothing is known; a server that does not answer says so when it is kept. */
export function useRecordingCheck(
  wav: Blob | undefined,
  apiKey: string,
): VoiceCheckResponse | undefined {
  const [checked, setChecked] = useState<{ wav: Blob; answer: VoiceCheckResponse }>();
  useEffect(() => {
    if (!wav) return;
    const changed = new AbortController();
    const timer = setTimeout(() => {
      checkRecording(wav, { apiKey, signal: changed.signal }).then(
        (answer) => setChecked({ wav, answer }),
        () => undefined,
      );
    }, restMs);
    return () => {
      clearTimeout(timer);
      changed.abort();
    };
  }, [wav, apiKey]);
  return checked && checked.wav === wav ? checked.answer : undefined;
}
