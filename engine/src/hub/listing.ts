// What a repository holds: the commit behind a name, and each file with size and hash. In: a repository, a revision. Out:
// a listing that has been checked, because paths and hashes become names on our disk.
import { EngineError } from "../engine-error.ts";
import { askHub } from "./connection.ts";
import type { HubSettings } from "./environment.ts";
import { Interruption, withRetries } from "./retry.ts";

export type ListedFile = {
  /** In the repository, with slashes. */
  path: string;
  size: number;
  hash: FileHash;
};

/** Of the file itself, or of what git makes of it: `blob SIZE\0` and the file. */
export type FileHash = { kind: "sha256" | "git"; hex: string };

export type Listing = { repo: string; commit: string; files: readonly ListedFile[] };

/** A first answer is not waited for as long as the rest of a file. */
const listingAttempts = 3;

/** @throws EngineError */
export async function listRepository(
  settings: HubSettings,
  { repo, revision, signal }: { repo: string; revision: string; signal: AbortSignal },
): Promise<Listing> {
  const url = `${settings.endpoint}/api/models/${repo}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const attempts = Math.min(listingAttempts, settings.patience.attempts);
  const body = await withRetries(() => readJson(settings, { url, what: repo, signal }), {
    patience: { ...settings.patience, attempts },
    signal,
  });
  return checkedListing(repo, body);
}

async function readJson(
  settings: HubSettings,
  { url, what, signal }: { url: string; what: string; signal: AbortSignal },
): Promise<unknown> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(settings.patience.stallMs)]);
  const { response } = await askHub(settings, url, { what, signal: limit });
  try {
    return await response.body.json();
  } catch (error) {
    throw new Interruption("its answer is cut or no JSON", { cause: error });
  }
}

/** @throws EngineError */
function checkedListing(repo: string, body: unknown): Listing {
  const { sha, siblings } = fieldsOf(body);
  if (typeof sha !== "string" || !isGitHash(sha) || !Array.isArray(siblings)) throw strange(repo);
  return { repo, commit: sha, files: siblings.map((entry) => checkedFile(repo, entry)) };
}

function checkedFile(repo: string, entry: unknown): ListedFile {
  const { rfilename: path, size, blobId, lfs } = fieldsOf(entry);
  const { sha256, size: largeSize } = fieldsOf(lfs);
  const bytes = largeSize ?? size;
  if (typeof path !== "string" || !isSafePath(path)) throw strange(repo);
  if (typeof bytes !== "number" || !Number.isSafeInteger(bytes) || bytes < 0) throw strange(repo);
  if (typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256)) {
    return { path, size: bytes, hash: { kind: "sha256", hex: sha256 } };
  }
  if (typeof blobId !== "string" || !isGitHash(blobId)) throw strange(repo);
  return { path, size: bytes, hash: { kind: "git", hex: blobId } };
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function isGitHash(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/** One that stays in the folder it is joined to, on every system. */
export function isSafePath(path: string): boolean {
  const parts = path.split("/");
  return parts.every(
    (part) => part !== "" && part !== "." && part !== ".." && !/[\\:\0]/.test(part),
  );
}

function strange(repo: string): EngineError {
  return new EngineError(
    "damaged",
    `The hub's listing of ${repo} cannot be used. Look whether HF_ENDPOINT is a full mirror of the hub.`,
  );
}
