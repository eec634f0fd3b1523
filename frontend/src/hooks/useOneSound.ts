// One voice at a time: whatever starts to play silences the rest of the page.
import { useCallback, useEffect } from "react";

/** `onElementPlays` runs when an <audio> element starts. Returns how to silence them all. */
export function useOneSound(onElementPlays: () => void): () => void {
  useEffect(() => {
    const onPlay = ({ target }: Event) => {
      pauseElements(target);
      onElementPlays();
    };
    // `play` does not bubble: it is only seen on its way down.
    document.addEventListener("play", onPlay, { capture: true });
    return () => document.removeEventListener("play", onPlay, { capture: true });
  }, [onElementPlays]);
  return useCallback(() => pauseElements(null), []);
}

function pauseElements(except: EventTarget | null) {
  for (const audio of document.querySelectorAll("audio")) if (audio !== except) audio.pause();
}
