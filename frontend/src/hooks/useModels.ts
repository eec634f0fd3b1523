// The models for React: asked for while their view or a download is looked at, and after each action.
import { useCallback, useEffect, useRef, useState } from "react";
import type { ModelsResponse } from "qwen-tts/protocol";
import { explainError } from "../explain-error.ts";
import type { Explanation } from "../explain-error.ts";
import { changeModel } from "../models/models-api.ts";
import type { ModelAction } from "../models/models-api.ts";
import { ModelsWatch } from "../models/models-watch.ts";

export type Models = {
  /** The newest answer; kept while the server is gone. */
  known: ModelsResponse | undefined;
  problem: Explanation | undefined;
  act: (id: string, action: ModelAction) => void;
};

type ModelsOptions = {
  apiKey: string;
  /** Whether their view is the one that is shown. */
  shown: boolean;
  /** Changes when the server's health tells of another state: then the answer is too old. */
  healthMark: string;
  /** Called when a model came or went, for what depends on it. */
  onChanged: () => void;
};

export function useModels({ apiKey, shown, healthMark, onChanged }: ModelsOptions): Models {
  const [known, setKnown] = useState<ModelsResponse>();
  const [silence, setSilence] = useState<Explanation>();
  /** Stays until the next action: the next answer is no answer to it. */
  const [refusal, setRefusal] = useState<Explanation>();
  const watch = useRef<ModelsWatch>(undefined);

  useEffect(() => {
    const current = new ModelsWatch({
      apiKey,
      onNews: (news) => {
        if ("models" in news) setKnown(news.models);
        setSilence("models" in news ? undefined : explainError(news.failure));
      },
    });
    watch.current = current;
    const look = () => current.look(shown && !document.hidden);
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      current.stop();
    };
  }, [apiKey, shown]);
  useEffect(() => watch.current?.checkNow(), [healthMark]);

  const act = useCallback(
    async (id: string, action: ModelAction) => {
      try {
        await changeModel(id, action, { apiKey });
        setRefusal(undefined);
        watch.current?.checkNow();
        onChanged();
      } catch (error) {
        setRefusal(explainError(error));
      }
    },
    [apiKey, onChanged],
  );
  return { known, problem: refusal ?? silence, act: (id, action) => void act(id, action) };
}
