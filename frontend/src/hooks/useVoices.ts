// The kept voices for React: asked for when their view is shown, and after each change.
import { useCallback, useEffect, useState } from "react";
import type { VoiceBody } from "qwen-tts/protocol";
import type { RequestOptions } from "../api.ts";
import { explainError } from "../explain-error.ts";
import type { Explanation } from "../explain-error.ts";
import { getVoices } from "../voices/voices-api.ts";

export type Voices = {
  /** Undefined until the server answered. */
  list: VoiceBody[] | undefined;
  /** Why they could not be asked for, or what was asked for last was not done; `whose`: where to say it. */
  problem: { whose: string; words: Explanation } | undefined;
  /** Does `work`, asks again, and gives what it gave; undefined when it failed. */
  run: <Result>(
    whose: string,
    work: (options: RequestOptions) => Promise<Result>,
  ) => Promise<Result | undefined>;
};

/** Who asks where it is no single voice. */
export const wholeList = "list";
export const newVoice = "new";

type VoicesOptions = {
  apiKey: string;
  /** Whether their view is the one that is shown. */
  shown: boolean;
  /** Called after a change, for the list of speakers. */
  onChanged: () => void;
};

export function useVoices({ apiKey, shown, onChanged }: VoicesOptions): Voices {
  const [list, setList] = useState<VoiceBody[]>();
  const [problem, setProblem] = useState<Voices["problem"]>();

  useEffect(() => {
    if (!shown) return;
    const left = new AbortController();
    getVoices({ apiKey, signal: left.signal }).then(
      (voices) => {
        setList(voices);
        setProblem(undefined);
      },
      (error: unknown) => {
        if (left.signal.aborted) return;
        setProblem({ whose: wholeList, words: explainError(error) });
      },
    );
    return () => left.abort();
  }, [apiKey, shown]);

  const run: Voices["run"] = useCallback(
    async (whose, work) => {
      try {
        const result = await work({ apiKey });
        setProblem(undefined);
        onChanged();
        setList(await getVoices({ apiKey }));
        return result;
      } catch (error) {
        setProblem({ whose, words: explainError(error) });
        return undefined;
      }
    },
    [apiKey, onChanged],
  );
  return { list, problem, run };
}
