// Repositories of the stand-in hub. In: files (bytes, or a path on the disk). Out: commits with the hashes that git and
// git-lfs have for them, and the listings of the hub's API.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** Bytes, or a file on this disk. */
export type HubFile = Uint8Array | string;

export type HubEntry = {
  file: HubFile;
  size: number;
  /** As git names its contents (for a large file: those of the pointer to it). */
  gitHash: string;
  /** Of a large file. */
  sha256: string | null;
};

export type HubRepository = {
  head: string;
  commits: Map<string, Map<string, HubEntry>>;
};

/** All files of a folder, by the paths they have in a repository. */
export async function hubFilesOf(folder: string): Promise<Record<string, HubFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  const name = (path: string) => relative(folder, path).split(sep).join("/");
  return Object.fromEntries(paths.map((path) => [name(path), path]));
}

export async function loadRepository(
  repo: string,
  parts: {
    files: Record<string, HubFile>;
    isLarge: (path: string) => boolean;
    older?: HubRepository | undefined;
  },
): Promise<HubRepository> {
  const files = new Map<string, HubEntry>();
  for (const [path, file] of Object.entries(parts.files)) {
    files.set(path, await entryOf(file, parts.isLarge(path)));
  }
  const identity = [...files].map(([path, { gitHash, sha256 }]) => [path, sha256 ?? gitHash]);
  const head = createHash("sha1")
    .update(JSON.stringify([repo, identity]))
    .digest("hex");
  const commits = new Map([...(parts.older?.commits ?? []), [head, files] as const]);
  return { head, commits };
}

async function entryOf(file: HubFile, large: boolean): Promise<HubEntry> {
  const size = typeof file === "string" ? (await stat(file)).size : file.length;
  if (!large) return { file, size, gitHash: await gitHashOf(file, size), sha256: null };
  const sha256 = createHash("sha256");
  await updateWith(sha256, file);
  const hash = sha256.digest("hex");
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${hash}\nsize ${size}\n`;
  const gitHash = await gitHashOf(Buffer.from(pointer), pointer.length);
  return { file, size, gitHash, sha256: hash };
}

async function gitHashOf(file: HubFile, size: number): Promise<string> {
  const hash = createHash("sha1").update(`blob ${size}\0`);
  await updateWith(hash, file);
  return hash.digest("hex");
}

async function updateWith(
  hash: { update(bytes: Uint8Array): unknown },
  file: HubFile,
): Promise<void> {
  if (typeof file !== "string") {
    hash.update(file);
    return;
  }
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
}

export type ListingParts = {
  repo: string;
  commit: string;
  files: ReadonlyMap<string, HubEntry>;
  tree: boolean;
};

/** `/api/models/REPO[/revision/REV]?blobs=true`, or `/api/models/REPO/tree/REV?recursive=true`. */
export function apiListing({ repo, commit, files, tree }: ListingParts): unknown {
  const entries = [...files];
  if (tree) {
    return entries.map(([path, { size, gitHash, sha256 }]) => ({
      type: "file",
      path,
      size,
      oid: gitHash,
      ...(sha256 === null ? {} : { lfs: { oid: sha256, size, pointerSize: 134 } }),
    }));
  }
  const siblings = entries.map(([rfilename, { size, gitHash, sha256 }]) => ({
    rfilename,
    size,
    blobId: gitHash,
    ...(sha256 === null ? {} : { lfs: { sha256, size, pointerSize: 134 } }),
  }));
  return { id: repo, modelId: repo, sha: commit, private: false, gated: false, siblings };
}
