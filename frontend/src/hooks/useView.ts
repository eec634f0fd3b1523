// Which view of the page is shown. It is the address's part after #, so that a reload, a link and the
// browser's way back lead where they should.
import { useEffect, useState } from "react";

export const views = ["speak", "voices", "models"] as const;
export type View = (typeof views)[number];

export function useView(): [View, (view: View) => void] {
  const [view, setView] = useState(readView);
  useEffect(() => {
    const onHash = () => setView(readView());
    window.addEventListener("hashchange", onHash);
    return () => window.removeEventListener("hashchange", onHash);
  }, []);
  return [view, showView];
}

function showView(view: View) {
  location.hash = view;
}

function readView(): View {
  return views.find((view) => location.hash === `#${view}`) ?? "speak";
}
