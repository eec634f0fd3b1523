// The form's settings. What the person chose stays when the engine changes, as far as the new one
// has it; where nothing was chosen the server's defaults hold.
import { useCallback, useMemo, useState } from "react";
import { modelsFor } from "../model-choice.ts";
import type { ServerInfo } from "../server-watch.ts";
import { initialSettings } from "../settings.ts";
import type { Settings } from "../settings.ts";

export type ChangeSettings = (change: Partial<Settings>) => void;

export function useSettings(info: ServerInfo | null): [Settings, ChangeSettings] {
  const [chosen, setChosen] = useState(initialSettings);
  const settings = useMemo(() => withNamesOf(info, chosen), [info, chosen]);
  const change = useCallback(
    (change: Partial<Settings>) => setChosen((before) => ({ ...before, ...change })),
    [],
  );
  return [settings, change];
}

function withNamesOf(info: ServerInfo | null, chosen: Settings): Settings {
  if (!info) return chosen;
  const speakers = info.speakers.speakers.map(({ name }) => name);
  const { languages } = info.languages;
  const speaker = known(speakers, chosen.speaker) ?? info.speakers.default ?? speakers[0] ?? "";
  return {
    ...chosen,
    speaker,
    language: known(languages, chosen.language) ?? info.languages.default,
    model: modelsFor(info, speaker).some(({ id }) => id === chosen.model) ? chosen.model : "",
  };
}

function known(names: string[], name: string): string | undefined {
  return names.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
}
