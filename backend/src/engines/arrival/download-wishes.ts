// What people want downloaded, kept over a restart: what somebody started goes on, what somebody paused or deleted
// stays away, for whoever paused has a reason (a paid connection) that a restart does not end. In: a folder. Out: a
// wish for a repository, or none. Downloads nothing.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type Wish = "wanted" | "unwanted";

export class DownloadWishes {
  readonly #folder: string;
  readonly #wishes: Map<string, Wish>;

  constructor(folder: string) {
    this.#folder = folder;
    this.#wishes = new Map(Object.entries(read(join(folder, fileName))));
  }

  of(repo: string): Wish | undefined {
    return this.#wishes.get(repo);
  }

  wanted(): string[] {
    return [...this.#wishes].flatMap(([repo, wish]) => (wish === "wanted" ? [repo] : []));
  }

  set(repo: string, wish: Wish | undefined): void {
    if (this.#wishes.get(repo) === wish) return;
    if (wish === undefined) this.#wishes.delete(repo);
    else this.#wishes.set(repo, wish);
    this.#write();
  }

  // A folder that cannot be written only forgets at the next start: nothing to stop the server for.
  #write(): void {
    const file = join(this.#folder, fileName);
    try {
      mkdirSync(this.#folder, { recursive: true });
      const draft = `${file}.${process.pid}`;
      writeFileSync(draft, `${JSON.stringify(Object.fromEntries(this.#wishes), null, 2)}\n`);
      renameSync(draft, file);
    } catch {
      return;
    }
  }
}

const fileName = "downloads.json";

/** A file that is missing or damaged says nothing. */
function read(file: string): Record<string, Wish> {
  try {
    const found: unknown = JSON.parse(readFileSync(file, "utf8"));
    const entries = Object.entries(found ?? {}) as [string, unknown][];
    return Object.fromEntries(entries.filter((entry): entry is [string, Wish] => isWish(entry[1])));
  } catch {
    return {};
  }
}

function isWish(value: unknown): value is Wish {
  return value === "wanted" || value === "unwanted";
}
