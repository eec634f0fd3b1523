// What the commands about voices share: the store, and arguments without a name. In: arguments. Out: one value each.
import { VoiceStore } from "../voices/voice-store.ts";
import { voicesHome } from "../voices/voices-home.ts";
import { UsageError } from "./arguments.ts";

export function openVoices(): VoiceStore {
  return new VoiceStore({
    home: voicesHome(),
    onDamaged: (folder, reason) => console.error(`${folder} is passed over. ${reason}`),
  });
}

/** @throws UsageError */
export function onlyArgument(
  command: string,
  what: string,
  positionals: readonly string[],
): string {
  const [value, ...others] = positionals;
  if (value !== undefined && value !== "" && others.length === 0) return value;
  throw new UsageError(`'${command}' takes one ${what}, not ${positionals.length}. See --help.`);
}
