// Ctrl+Enter (Cmd+Enter) and Escape, wherever the focus is.
import { useEffect, useEffectEvent } from "react";

export function useHotkeys(onSubmit: () => void, onEscape: () => void): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.repeat || event.isComposing) return;
    if (event.key === "Escape") onEscape();
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    onSubmit();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  }, []);
}
