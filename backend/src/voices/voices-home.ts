// Where kept voices are. In: the environment. Out: a folder, which may not be there yet.
import { homedir } from "node:os";
import { join } from "node:path";

/** `QWEN_TTS_VOICES`, or the place where this system keeps what a user made. */
export function voicesHome(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.QWEN_TTS_VOICES) return environment.QWEN_TTS_VOICES;
  return join(systemDataFolder(environment), "qwen-tts", "voices");
}

function systemDataFolder(environment: NodeJS.ProcessEnv): string {
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support");
  if (process.platform === "win32") {
    return environment.LOCALAPPDATA ?? join(homedir(), "AppData", "Local");
  }
  return environment.XDG_DATA_HOME ?? join(homedir(), ".local", "share");
}
