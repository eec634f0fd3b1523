// The server's state for React: asks while the page is shown, and again when it is looked at.
import { useCallback, useEffect, useRef, useState } from "react";
import { ServerWatch, unknownServer } from "../server-watch.ts";
import type { ServerState } from "../server-watch.ts";

export type Server = ServerState & {
  /** Ask again at once, after a request failed. */
  checkNow: () => void;
};

export function useServer(apiKey: string): Server {
  const [state, setState] = useState<ServerState>(unknownServer);
  const watch = useRef<ServerWatch>(undefined);

  useEffect(() => {
    const current = new ServerWatch(apiKey, setState);
    watch.current = current;
    void current.run();
    const onVisible = () => {
      if (!document.hidden) current.checkNow();
    };
    document.addEventListener("visibilitychange", onVisible);
    window.addEventListener("online", onVisible);
    return () => {
      document.removeEventListener("visibilitychange", onVisible);
      window.removeEventListener("online", onVisible);
      current.stop();
    };
  }, [apiKey]);

  const checkNow = useCallback(() => watch.current?.checkNow(), []);
  return { ...state, checkNow };
}
