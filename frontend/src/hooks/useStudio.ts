// All that the page does, in one place: takes what the person typed and chose, hands it to the
// stream or the batch, and puts what came into the history.
import { useState } from "react";
import type { SpeechBody } from "qwen-tts/protocol";
import { serverBlocks, settingsBlock, speakerBlocks, textBlocks } from "../blocked.ts";
import { availablePlayer } from "../audio/audio-output.ts";
import { modelFor } from "../model-choice.ts";
import { newRequestId } from "../request-id.ts";
import { toSpeechBody } from "../settings.ts";
import type { Settings } from "../settings.ts";
import { estimateSeconds } from "../sample-texts.ts";
import type { HistoryClip } from "../history/history-store.ts";
import { filledLines, useBatch } from "./useBatch.ts";
import { useHistory } from "./useHistory.ts";
import { useOneSound } from "./useOneSound.ts";
import type { Server } from "./useServer.ts";
import { useStreamingAudio } from "./useStreamingAudio.ts";

/** What the last clip was asked for with; `id` is new for each. */
export type Spoken = {
  id: string;
  text: string;
  settings: Settings;
  expectedSeconds: number;
  /** Whose try it is, where it is no clip of its own. */
  audition?: string;
};

const defaultSampleRate = 24_000;
/** `?player=fallback` plays as browsers without AudioWorklet do. */
const forcedFallback = new URLSearchParams(location.search).get("player") === "fallback";

export type Studio = ReturnType<typeof useStudio>;

type StudioOptions = { server: Server; apiKey: string; text: string; settings: Settings };

export function useStudio({ server, apiKey, text, settings }: StudioOptions) {
  const model = modelFor(server.info, settings);
  const streaming = useStreamingAudio({
    playerKind: forcedFallback ? "fallback" : availablePlayer(),
    expectedSampleRate: model?.sample_rate ?? defaultSampleRate,
  });
  const silenceElements = useOneSound(streaming.stop);
  const history = useHistory();
  const batch = useBatch();
  const [spoken, setSpoken] = useState<Spoken>();

  const toBody = (line: string) => toSpeechBody(line, settings, model?.instruct.honoured ?? false);
  const common =
    serverBlocks(server) ?? speakerBlocks(server.info, settings.speaker) ?? settingsBlock(settings);
  const streamBlocked = common ?? textBlocks(text);
  const noLines = filledLines(batch.lines).length === 0 ? "Type a text into a line." : undefined;
  const batchBlocked = common ?? noLines;
  const keep = (clip: Omit<HistoryClip, "id" | "createdAt">) =>
    history.add({ ...clip, id: newRequestId(), createdAt: Date.now() });

  const stream = () => {
    if (streamBlocked !== undefined) return;
    silenceElements();
    const expectedSeconds = estimateSeconds(text, settings.speed);
    setSpoken({ id: newRequestId(), text, settings, expectedSeconds });
    streaming.start({
      body: toBody(text),
      apiKey,
      onFailure: server.checkNow,
      onReceived: ({ recorder, complete }) => {
        if (recorder.sampleCount === 0) return;
        keep({ text, settings, seconds: recorder.seconds, complete, audio: recorder.toWav() });
      },
    });
  };

  /** Lets a voice be heard; nothing of it is kept. `whose` tells its place in the page. */
  const audition = (whose: string, body: SpeechBody) => {
    silenceElements();
    const heard = { ...settings, speaker: body.speaker ?? "" };
    const expectedSeconds = estimateSeconds(body.text, 1);
    const id = newRequestId();
    setSpoken({ id, text: body.text, settings: heard, expectedSeconds, audition: whose });
    streaming.start({ body, apiKey, onFailure: server.checkNow, onReceived: () => undefined });
  };

  const submitBatch = () => {
    if (batchBlocked !== undefined || batch.run.kind === "running") return;
    batch.submit({
      settings,
      toBody,
      apiKey,
      onFailure: server.checkNow,
      onClip: (line, { seconds, audio, cutShort }) =>
        keep({ text: line, settings, seconds, complete: !cutShort, audio }),
    });
  };

  /** Ends whatever is under way, also what the other mode began. */
  const stopAll = () => {
    streaming.stop();
    batch.cancel();
  };

  const actions = { stream, audition, submitBatch, stopAll };
  return { streaming, history, batch, spoken, streamBlocked, batchBlocked, ...actions };
}
