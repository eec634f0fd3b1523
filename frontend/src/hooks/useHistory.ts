// The history for React. A browser without a database, or without room in it, is a state of its own:
// the page goes on without.
import { useCallback, useEffect, useRef, useState } from "react";
import { HistoryStore } from "../history/history-store.ts";
import type { HistoryClip } from "../history/history-store.ts";

export type History = {
  /** Undefined until the browser's database answered. */
  clips: HistoryClip[] | undefined;
  /** Why there is no history, or why the last clip is not in it. */
  problem: string | undefined;
  add: (clip: HistoryClip) => void;
  remove: (id: string) => void;
  clear: () => void;
};

const noStore = "This browser keeps no data for this page, so there is no history here.";
const notSaved =
  "The history could not be changed: the browser's storage may be full. Delete some clips.";

export function useHistory(): History {
  const [clips, setClips] = useState<HistoryClip[]>();
  const [problem, setProblem] = useState<string>();
  const store = useRef<Promise<HistoryStore>>(undefined);

  const change = useCallback(async (apply: (store: HistoryStore) => Promise<void>) => {
    const opened = await store.current?.catch(() => undefined);
    if (!opened) return;
    try {
      await apply(opened);
      setProblem(undefined);
    } catch {
      setProblem(notSaved);
    }
    setClips(await opened.list());
  }, []);

  useEffect(() => {
    store.current = HistoryStore.open();
    store.current
      .then((opened) => opened.list())
      .then(setClips)
      .catch(() => setProblem(noStore));
  }, []);

  return {
    clips,
    problem,
    add: (clip) => void change((opened) => opened.add(clip)),
    remove: (id) => void change((opened) => opened.remove(id)),
    clear: () => void change((opened) => opened.clear()),
  };
}
