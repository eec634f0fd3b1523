// Plays a finished clip through an <audio> element that the component renders: play, pause, seek,
// and a position that moves smoothly.
import { useCallback, useEffect, useRef, useState } from "react";
import type { RefObject } from "react";

export type ClipAudio = {
  element: RefObject<HTMLAudioElement | null>;
  playing: boolean;
  positionSeconds: number;
  toggle: () => void;
  seek: (seconds: number) => void;
  /** For the <audio> element. */
  handlers: { onPlay: () => void; onPause: () => void };
};

export function useClipAudio(clip: Blob | null): ClipAudio {
  const element = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [positionSeconds, setPosition] = useState(0);

  useEffect(() => {
    const audio = element.current;
    if (!audio || !clip) return;
    const url = URL.createObjectURL(clip);
    audio.src = url;
    return () => {
      audio.pause();
      audio.removeAttribute("src");
      URL.revokeObjectURL(url);
    };
  }, [clip]);

  useEffect(() => {
    if (!playing) return;
    const follow = () => {
      setPosition(element.current?.currentTime ?? 0);
      frame = requestAnimationFrame(follow);
    };
    let frame = requestAnimationFrame(follow);
    return () => cancelAnimationFrame(frame);
  }, [playing]);

  const toggle = useCallback(() => {
    const audio = element.current;
    if (!audio) return;
    // A play that is interrupted by a pause rejects, which is not a failure.
    if (audio.paused) audio.play().catch(() => setPlaying(false));
    else audio.pause();
  }, []);
  const seek = useCallback((seconds: number) => {
    if (element.current) element.current.currentTime = seconds;
    setPosition(seconds);
  }, []);
  const onPlay = useCallback(() => setPlaying(true), []);
  const onPause = useCallback(() => {
    setPlaying(false);
    setPosition(element.current?.currentTime ?? 0);
  }, []);

  return { element, playing, positionSeconds, toggle, seek, handlers: { onPlay, onPause } };
}
