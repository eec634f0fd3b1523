// Clips kept in the browser's own database. In: finished clips. Out: all that are kept, newest
// first. Rejects where the browser has no database, or no room in it.
import { openDB } from "idb";
import type { DBSchema, IDBPDatabase } from "idb";
import type { Settings } from "../settings.ts";
import { clipsToDrop } from "./prune.ts";

export type HistoryClip = {
  id: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  text: string;
  settings: Settings;
  seconds: number;
  /** False for a clip that was cut short. */
  complete: boolean;
  /** A WAV file. */
  audio: Blob;
};

interface HistorySchema extends DBSchema {
  clips: { key: string; value: HistoryClip };
}

export class HistoryStore {
  readonly #database: IDBPDatabase<HistorySchema>;

  private constructor(database: IDBPDatabase<HistorySchema>) {
    this.#database = database;
  }

  static async open(): Promise<HistoryStore> {
    const database = await openDB<HistorySchema>("qwen-tts", 1, {
      upgrade: (created) => void created.createObjectStore("clips", { keyPath: "id" }),
    });
    return new HistoryStore(database);
  }

  async list(): Promise<HistoryClip[]> {
    const clips = await this.#database.getAll("clips");
    return clips.sort((a, b) => b.createdAt - a.createdAt);
  }

  /** Keep `clip`, and drop the oldest ones when there are too many. */
  async add(clip: HistoryClip): Promise<void> {
    const transaction = this.#database.transaction("clips", "readwrite");
    await transaction.store.put(clip);
    const kept = await transaction.store.getAll();
    const sizes = kept.map(({ id, createdAt, audio }) => ({ id, createdAt, bytes: audio.size }));
    await Promise.all(clipsToDrop(sizes).map((id) => transaction.store.delete(id)));
    await transaction.done;
  }

  async remove(id: string): Promise<void> {
    await this.#database.delete("clips", id);
  }

  async clear(): Promise<void> {
    await this.#database.clear("clips");
  }
}
