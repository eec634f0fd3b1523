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
  /** What the engine is expected to send, so that the sound is ready when it does. */
  expectedSampleRate: number;
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

export function useStreamingAudio(playerKind: PlayerKind): StreamingAudio {
  const [state, dispatch] = useReducer(streamReducer, idleState);
  const [output] = useState(() => new AudioOutput(playerKind));
  const session = useRef<AbortController>(undefined);

  const stop = useCallback(() => {
    session.current?.abort();
    dispatch({ kind: "stop" });
  }, []);

  const start = useCallback(
    ({ body, apiKey, expectedSampleRate, onReceived, onFailure }: StreamStart) => {
      session.current?.abort();
      session.current = new AbortController();
      output.wake(expectedSampleRate);
      dispatch({ kind: "start" });
      void runStreamSession({
        body,
        apiKey,
        signal: session.current.signal,
        createPlayer: (sampleRate, options) => output.createPlayer(sampleRate, options),
        dispatch,
        onFailure,
      }).then((result) => result && onReceived(result));
    },
    [output],
  );

  useEffect(() => () => session.current?.abort(), []);
  return { state, start, stop };
}
