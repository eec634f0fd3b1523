// React's end of a streamed clip: starts and stops sessions, keeps the reducer's state and the one
// way to the loudspeaker. All decisions are in ../streaming.
import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import type { SpeechBody } from "qwen-tts/protocol";
import { AudioOutput } from "../audio/audio-output.ts";
import type { PlayerKind } from "../audio/stream-player.ts";
import { runStreamSession } from "../streaming/stream-session.ts";
import type { SessionResult } from "../streaming/stream-session.ts";
import { idleState, streamReducer } from "../streaming/stream-state.ts";
import type { StreamState } from "../streaming/stream-state.ts";

export type StreamStart = {
  body: SpeechBody;
  apiKey: string;
  /** Called when the whole clip, or what there will be of it, has arrived. */
  onReceived: (result: SessionResult) => void;
  /** Called when the request failed or its connection broke. */
  onFailure: () => void;
};

export type StreamingAudio = {
  state: StreamState;
  /** Call in a click or key press: browsers allow sound only then. Stops a clip that still runs. */
  start: (options: StreamStart) => void;
  stop: () => void;
};

type StreamingAudioOptions = {
  playerKind: PlayerKind;
  /** What the engine is expected to send, so that the sound is ready when it does. */
  expectedSampleRate: number;
};

export function useStreamingAudio({
  playerKind,
  expectedSampleRate,
}: StreamingAudioOptions): StreamingAudio {
  const [state, dispatch] = useReducer(streamReducer, idleState);
  const [output] = useState(() => new AudioOutput(playerKind));
  const session = useRef<AbortController>(undefined);

  const stop = useCallback(() => {
    session.current?.abort();
    dispatch({ kind: "stop" });
  }, []);

  const start = useCallback(
    ({ body, apiKey, onReceived, onFailure }: StreamStart) => {
      session.current?.abort();
      session.current = new AbortController();
      dispatch({ kind: "start" });
      void runStreamSession({
        body,
        apiKey,
        signal: session.current.signal,
        createPlayer: (sampleRate, options) => output.createPlayer(sampleRate, options),
        dispatch,
        onFailure,
      }).then((result) => result && onReceived(result));
      // After the request is on its way: a first AudioContext can take 200 ms to make.
      output.wake(expectedSampleRate);
    },
    [output, expectedSampleRate],
  );

  useEffect(() => () => session.current?.abort(), []);
  // The first touch of the page is early enough to have sound ready by the time of the click.
  useEffect(() => {
    const warmUp = () => output.wake(expectedSampleRate);
    const events = ["mousedown", "keydown"] as const;
    for (const event of events) window.addEventListener(event, warmUp, { once: true });
    return () => {
      for (const event of events) window.removeEventListener(event, warmUp);
    };
  }, [output, expectedSampleRate]);
  return { state, start, stop };
}
