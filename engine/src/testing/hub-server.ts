// A stand-in for the Hugging Face hub: real sockets, two hosts (the hub, and the one that large files are
// redirected to), and every misbehaviour that a downloader has to live with. In: repositories with their files, and what
// shall go wrong. Out: an address for HF_ENDPOINT, and what was asked for. Knows no downloader.
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import {
  apiListing,
  loadRepository,
  type HubEntry,
  type HubFile,
  type HubRepository,
} from "./hub-repository.ts";

export type HubRequest = {
  host: "hub" | "cdn";
  /** As it came, with its query. */
  path: string;
  /** The file that is meant; null for a listing. */
  file: string | null;
  /** First byte asked for, and the one after the last; null: no range was asked for. */
  range: [number, number] | null;
  authorization: string | null;
  /** 0 for the first request of this host for this file (or listing). */
  attempt: number;
};

/** What shall go wrong with a request. */
export type Misbehaviour =
  | { kind: "status"; status: number; headers?: Record<string, string> }
  /** The connection breaks after so many bytes of the body. */
  | { kind: "cut"; afterBytes: number }
  /** After so many bytes of the body nothing comes any more, and the connection stays. */
  | { kind: "stall"; afterBytes: number }
  /** One byte of the body is another. */
  | { kind: "wrong_byte"; at: number }
  /** The range is not honoured: 200 and the whole file. */
  | { kind: "no_ranges" }
  | { kind: "slow"; bytesPerSecond: number };

export type StandInHubOptions = {
  /** Without it in the request: 401. */
  token?: string;
  /** Asked for each request, also for the redirects; undefined: it goes well. */
  misbehave?: (request: HubRequest) => Misbehaviour | undefined;
  /** Default: what ends with .safetensors. */
  isLarge?: (path: string) => boolean;
};

export type StandInHub = {
  /** For HF_ENDPOINT. */
  url: string;
  /** All so far, in order. */
  requests: readonly HubRequest[];
  /** To change what goes wrong from now on. */
  misbehave(script: StandInHubOptions["misbehave"]): void;
  /** A new commit of `main`; older ones stay. @returns the commit's hash */
  publish(repo: string, files: Record<string, HubFile>): Promise<string>;
  /** Other bytes under the same commit, as a careless mirror has them. */
  replace(repo: string, path: string, file: HubFile): Promise<void>;
  close(): Promise<void>;
};

type HubState = {
  repositories: Map<string, HubRepository>;
  requests: HubRequest[];
  options: StandInHubOptions;
  cdnUrl: string;
};

export async function startStandInHub(options: StandInHubOptions = {}): Promise<StandInHub> {
  const state: HubState = {
    repositories: new Map(),
    requests: [],
    options: { ...options },
    cdnUrl: "",
  };
  const cdn = await listen((request, response) => answerCdn(state, request, response));
  const hub = await listen((request, response) => answerHub(state, request, response));
  state.cdnUrl = cdn.url;
  const isLarge = options.isLarge ?? ((path: string) => path.endsWith(".safetensors"));
  return {
    url: hub.url,
    requests: state.requests,
    misbehave: (script) => {
      state.options = { ...state.options, ...(script ? { misbehave: script } : {}) };
      if (!script) delete state.options.misbehave;
    },
    publish: async (repo, files) => {
      const older = state.repositories.get(repo);
      const repository = await loadRepository(repo, { files, isLarge, older });
      state.repositories.set(repo, repository);
      return repository.head;
    },
    replace: async (repo, path, file) => {
      const repository = state.repositories.get(repo)!;
      const changed = await loadRepository(repo, { files: { [path]: file }, isLarge });
      const entry = changed.commits.get(changed.head)!.get(path)!;
      repository.commits.get(repository.head)!.set(path, entry);
    },
    close: async () => {
      await Promise.all([cdn.close(), hub.close()]);
    },
  };
}

async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<{ url: string; close: () => Promise<void> }> {
  const server: Server = createServer((request, response) => {
    // A client that leaves in the middle of a body is nothing to report.
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

type Asked = { repo: string; revision: string; file: string | null; path: string };

const apiPath = /^\/api\/models\/([^/]+\/[^/]+)(?:\/(?:revision|tree)\/([^/]+))?$/;
const filePath = /^(?:\/api\/resolve-cache\/models)?\/([^/]+\/[^/]+)\/(?:resolve\/)?([^/]+)\/(.+)$/;

function askedFor(request: IncomingMessage): Asked {
  const path = decodeURIComponent(new URL(request.url ?? "/", "http://hub").pathname);
  const [, repo = "", revision = "main", file = null] =
    apiPath.exec(path) ?? filePath.exec(path) ?? [];
  return { repo, revision, file, path };
}

/** The API, the files' addresses, and the small files themselves. */
async function answerHub(state: HubState, request: IncomingMessage, response: ServerResponse) {
  const asked = askedFor(request);
  const wrong = record(state, request, { host: "hub", file: asked.file });
  if (answerWrongly(wrong, response)) return;
  const { token } = state.options;
  if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
    end(response, 401, { "x-error-code": "RepoNotFound" });
    return;
  }
  const repository = state.repositories.get(asked.repo);
  const commit = asked.revision === "main" ? (repository?.head ?? "") : asked.revision;
  const files = repository?.commits.get(commit);
  if (!files) {
    end(response, 404, { "x-error-code": repository ? "RevisionNotFound" : "RepoNotFound" });
  } else if (asked.file === null) {
    const tree = asked.path.includes("/tree/");
    const body = JSON.stringify(apiListing({ repo: asked.repo, commit, files, tree }));
    response.writeHead(200, { "content-type": "application/json" }).end(body);
  } else {
    const entry = files.get(asked.file);
    const located = { asked, commit, cdnUrl: state.cdnUrl };
    if (!entry) end(response, 404, { "x-error-code": "EntryNotFound" });
    else if (redirect(response, entry, located)) return;
    else await sendFile(response, { ...sendingOf(entry), range: rangeOf(request), wrong });
  }
}

/** Large files lie on the other host, small ones behind another address of this one. */
function redirect(
  response: ServerResponse,
  entry: HubEntry,
  { asked, commit, cdnUrl }: { asked: Asked; commit: string; cdnUrl: string },
): boolean {
  if (asked.path.startsWith("/api/")) return false;
  const file = asked.file ?? "";
  const etag = `"${entry.sha256 ?? entry.gitHash}"`;
  const location =
    entry.sha256 === null
      ? `/api/resolve-cache/models/${asked.repo}/${commit}/${encodeURI(file)}`
      : `${cdnUrl}/blobs/${entry.sha256}?file=${encodeURIComponent(file)}`;
  end(response, entry.sha256 === null ? 307 : 302, {
    etag,
    location,
    "x-repo-commit": commit,
    "x-linked-etag": etag,
    "x-linked-size": String(entry.size),
  });
  return true;
}

function sendingOf({ file, size, gitHash, sha256 }: HubEntry) {
  return {
    file,
    size,
    headers: { etag: sha256 === null ? `"${gitHash}"` : `"cdn-${sha256.slice(0, 8)}"` },
  };
}

/** Large files by their hash; whoever has the address may have them. */
async function answerCdn(state: HubState, request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? "/", "http://cdn");
  const wrong = record(state, request, { host: "cdn", file: url.searchParams.get("file") });
  if (answerWrongly(wrong, response)) return;
  const hash = url.pathname.slice("/blobs/".length);
  const entries = [...state.repositories.values()].flatMap(({ commits }) =>
    [...commits.values()].flatMap((files) => [...files.values()]),
  );
  const entry = entries.find(({ sha256 }) => sha256 === hash);
  if (!entry) {
    end(response, 404, {});
    return;
  }
  await sendFile(response, { ...sendingOf(entry), range: rangeOf(request), wrong });
}

function record(
  state: HubState,
  request: IncomingMessage,
  { host, file }: Pick<HubRequest, "host" | "file">,
): Misbehaviour | undefined {
  const same = (other: HubRequest) => other.host === host && other.file === file;
  const made: HubRequest = {
    host,
    path: request.url ?? "",
    file,
    range: rangeOf(request),
    authorization: request.headers.authorization ?? null,
    attempt: state.requests.filter(same).length,
  };
  state.requests.push(made);
  return state.options.misbehave?.(made);
}

function rangeOf(request: IncomingMessage): [number, number] | null {
  const found = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
  return found ? [Number(found[1]), Number(found[2]) + 1] : null;
}

function answerWrongly(wrong: Misbehaviour | undefined, response: ServerResponse): boolean {
  if (wrong?.kind !== "status") return false;
  end(response, wrong.status, wrong.headers ?? {});
  return true;
}

function end(response: ServerResponse, status: number, headers: Record<string, string>): void {
  response.writeHead(status, { ...headers, "content-length": "0" }).end();
}

type Sending = {
  file: HubFile;
  size: number;
  headers: Record<string, string>;
  range: [number, number] | null;
  wrong: Misbehaviour | undefined;
};

async function sendFile(response: ServerResponse, sending: Sending): Promise<void> {
  const { file, size, headers, wrong } = sending;
  const range = wrong?.kind === "no_ranges" ? null : sending.range;
  const [start, past] = range ? [range[0], Math.min(range[1], size)] : [0, size];
  if (start >= size && size > 0) {
    end(response, 416, { "content-range": `bytes */${size}` });
    return;
  }
  response.writeHead(range ? 206 : 200, {
    ...headers,
    "content-length": String(past - start),
    ...(wrong?.kind === "no_ranges" ? {} : { "accept-ranges": "bytes" }),
    ...(range ? { "content-range": `bytes ${start}-${past - 1}/${size}` } : {}),
  });
  response.flushHeaders();
  await sendBody(response, { file, start, past, wrong });
}

async function sendBody(
  response: ServerResponse,
  body: { file: HubFile; start: number; past: number; wrong: Misbehaviour | undefined },
): Promise<void> {
  const { file, start, past, wrong } = body;
  switch (wrong?.kind) {
    case undefined:
    case "status":
    case "no_ranges":
      return pipeline(bytesOf(file, start, past), response);
    case "wrong_byte":
      return pipeline(bytesOf(file, start, past), withWrongByte(wrong.at), response);
    case "slow":
      return pipeline(bytesOf(file, start, past), slowed(wrong.bytesPerSecond), response);
    case "cut":
    case "stall": {
      const reached = Math.min(past, start + wrong.afterBytes);
      await pipeline(bytesOf(file, start, reached), response, { end: false });
      if (wrong.kind === "cut") response.socket?.destroySoon();
      return;
    }
    default:
      return wrong satisfies never;
  }
}

function bytesOf(file: HubFile, start: number, past: number): Readable {
  if (start === past) return Readable.from([]);
  if (typeof file === "string") return createReadStream(file, { start, end: past - 1 });
  return Readable.from([Buffer.from(file.subarray(start, past))]);
}

function withWrongByte(position: number): Transform {
  let at = position;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (at >= 0 && at < chunk.length) chunk[at]! ^= 1;
      at -= chunk.length;
      done(null, chunk);
    },
  });
}

const pieceBytes = 16_384;

function slowed(bytesPerSecond: number): Transform {
  const pauseMs = (pieceBytes / bytesPerSecond) * 1000;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      void pushSlowly(this, chunk, pauseMs).then(() => done());
    },
  });
}

async function pushSlowly(stream: Transform, chunk: Buffer, pauseMs: number): Promise<void> {
  for (let at = 0; at < chunk.length && !stream.destroyed; at += pieceBytes) {
    stream.push(chunk.subarray(at, at + pieceBytes));
    await sleep(pauseMs);
  }
}
