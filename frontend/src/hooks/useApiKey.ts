// The API key, kept for as long as the tab lives and no longer.
import { useCallback, useState } from "react";

const storageKey = "qwen-tts-api-key";

export function useApiKey(): [string, (key: string) => void] {
  const [key, setKey] = useState(readStored);
  const keep = useCallback((next: string) => {
    setKey(next);
    try {
      sessionStorage.setItem(storageKey, next);
    } catch {
      // A browser that stores nothing asks again after a reload.
    }
  }, []);
  return [key, keep];
}

function readStored(): string {
  try {
    return sessionStorage.getItem(storageKey) ?? "";
  } catch {
    return "";
  }
}
