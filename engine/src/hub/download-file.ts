// One file from the hub to the disk. In: its address, size and hash. Out: the checked file under its name. Pieces come over
// several connections and are written in place; what fails is tried again from where it broke.
import { EngineError } from "../engine-error.ts";
import type { ByteRange } from "./byte-ranges.ts";
import { askHub, networkReason, type HubAnswer } from "./connection.ts";
import type { HubSettings } from "./environment.ts";
import type { ListedFile } from "./listing.ts";
import { PartialFile } from "./partial-file.ts";
import { Interruption, withRetries } from "./retry.ts";
import { RunningHash } from "./running-hash.ts";
import type { HubResponse } from "./transport.ts";

export type FileDownload = {
  settings: HubSettings;
  url: string;
  file: ListedFile;
  /** For messages. */
  repo: string;
  /** Where the whole file goes. */
  target: string;
  signal: AbortSignal;
  /** Bytes that are there now; less than before when it had to begin anew. */
  onProgress: (bytesDone: number) => void;
};

/** The hub has another file under this address now than it listed. */
export class FileChanged extends Error {
  override readonly name = "FileChanged";
}

/** The host sends whole files only. */
class RangesRefused extends Error {
  override readonly name = "RangesRefused";
}

const connections = 6;
const pieceBytes = 16 * 2 ** 20;
/** Gathered before they are written: a write costs a trip to another thread. */
const writeBytes = 2 ** 20;
/** A slow link is written, and seen to move, before as much has come. */
const writeEveryMs = 250;
const saveEveryMs = 1000;

type Transfer = FileDownload & { partial: PartialFile; hash: RunningHash };

/** @throws EngineError, FileChanged */
export async function downloadFile(download: FileDownload): Promise<void> {
  const { file, target, repo } = download;
  const partial = await PartialFile.open(target, file.size);
  const transfer = { ...download, partial, hash: new RunningHash(partial, file.hash, file.size) };
  try {
    // Wrong once may be a host on the way; the second time it is what the hub has.
    for (const again of [true, false]) {
      await fetchMissing(transfer);
      if (await transfer.hash.matches()) {
        await partial.finish();
        return;
      }
      await beginAnew(transfer);
      if (!again) throw damaged(repo, file);
    }
  } finally {
    // After `finish` there is nothing to close.
    await partial.close().catch(() => undefined);
  }
}

function damaged(repo: string, { path }: ListedFile): EngineError {
  return new EngineError(
    "damaged",
    `${path} of ${repo} arrived twice with another checksum than the hub lists. Try again later, or another ` +
      "HF_ENDPOINT; a proxy on the way may change files.",
  );
}

async function fetchMissing(transfer: Transfer): Promise<void> {
  const saving = setInterval(() => {
    // A disk that fails will say so to the next write.
    transfer.partial.save().catch(() => undefined);
  }, saveEveryMs);
  try {
    transfer.hash.advance();
    await fetchInPieces(transfer);
  } catch (error) {
    if (!(error instanceof RangesRefused)) throw error;
    await fetchWhole(transfer);
  } finally {
    clearInterval(saving);
  }
}

/** Each connection takes the next piece until there is none. */
async function fetchInPieces(transfer: Transfer): Promise<void> {
  const pieces = transfer.partial.done.missing(transfer.file.size, pieceBytes);
  const stop = new AbortController();
  const signal = AbortSignal.any([transfer.signal, stop.signal]);
  const work = async (): Promise<void> => {
    for (let piece = pieces.shift(); piece; piece = pieces.shift()) {
      await fetchPiece({ ...transfer, signal }, piece);
    }
  };
  const workers = Array.from({ length: Math.min(connections, pieces.length) }, work);
  try {
    await Promise.all(workers);
  } catch (error) {
    stop.abort();
    await Promise.allSettled(workers); // nobody writes any more
    throw error;
  }
}

/** What has arrived of it stays when the connection breaks. */
async function fetchPiece(transfer: Transfer, [start, past]: ByteRange): Promise<void> {
  let at = start;
  await withRetries(
    async () => {
      for await (const position of receive(transfer, [at, past])) at = position;
    },
    {
      patience: transfer.settings.patience,
      signal: transfer.signal,
      progress: () => at,
    },
  );
}

/** Without ranges each attempt begins at the start. */
async function fetchWhole(transfer: Transfer): Promise<void> {
  const { file, settings, signal } = transfer;
  await withRetries(
    async () => {
      await beginAnew(transfer);
      const arriving = receive(transfer, [0, file.size]);
      while (!(await arriving.next()).done);
    },
    { patience: settings.patience, signal },
  );
}

async function beginAnew({ partial, hash, onProgress }: Transfer): Promise<void> {
  await partial.restart();
  await hash.restart();
  onProgress(0);
}

/** One request. Yields how far it has come. @throws Interruption, FileChanged, RangesRefused */
async function* receive(transfer: Transfer, [start, past]: ByteRange): AsyncGenerator<number> {
  const { settings, file, repo, partial, hash } = transfer;
  const watch = stallWatch(transfer.signal, settings.patience.stallMs);
  const whole = start === 0 && past === file.size;
  try {
    const answer = await askHub(settings, transfer.url, {
      what: `${repo} (${file.path})`,
      headers: whole ? {} : { range: `bytes=${start}-${past - 1}` },
      signal: watch.signal,
    });
    checkAnswer(answer, { file, range: [start, past], whole });
    let at = start;
    for await (const chunks of gathered(answer.response, past - start, watch)) {
      await partial.write(chunks, at);
      at += lengthOf(chunks);
      hash.advance();
      transfer.onProgress(partial.done.total);
      yield at;
    }
    if (at < past) throw new Interruption("its connection ended too early");
  } finally {
    watch.end();
  }
}

function checkAnswer(
  { response, hash }: HubAnswer,
  { file, range: [start], whole }: { file: ListedFile; range: ByteRange; whole: boolean },
): void {
  const { statusCode: status, header } = response;
  const total = whole ? header("content-length") : header("content-range");
  const wrong = ((): Error | null => {
    if (hash !== null && hash.length === file.hash.hex.length && hash !== file.hash.hex) {
      return new FileChanged(file.path);
    }
    if (status === 200 && !whole) return new RangesRefused();
    if (total === null) return null;
    if (whole) return total === String(file.size) ? null : new FileChanged(file.path);
    const sent = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(total);
    if (sent?.[1] !== String(start)) return new RangesRefused();
    return [String(file.size), "*"].includes(sent[2]!) ? null : new FileChanged(file.path);
  })();
  if (wrong === null) return;
  response.body.destroy();
  throw wrong;
}

/** The body in portions that are worth a write; never more of it than was asked for. */
async function* gathered(
  response: HubResponse,
  mostBytes: number,
  watch: StallWatch,
): AsyncGenerator<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  let left = mostBytes;
  let writtenMs = 0;
  try {
    for await (const chunk of response.body) {
      watch.alive();
      const wanted = (chunk as Uint8Array).subarray(0, left);
      left -= wanted.length;
      chunks.push(wanted);
      const due = performance.now() - writtenMs > writeEveryMs;
      if (due || left === 0 || lengthOf(chunks) >= writeBytes) {
        yield chunks.splice(0);
        writtenMs = performance.now();
        watch.alive(); // a slow disk is no slow network
      }
      if (left === 0) return;
    }
  } catch (error) {
    if (chunks.length > 0) yield chunks;
    throw new Interruption(`its connection broke (${networkReason(error)})`, { cause: error });
  }
  if (chunks.length > 0) yield chunks;
}

function lengthOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

type StallWatch = { signal: AbortSignal; alive: () => void; end: () => void };

/** Ends a request over which nothing comes. */
function stallWatch(signal: AbortSignal, stallMs: number): StallWatch {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), stallMs);
  return {
    signal: AbortSignal.any([signal, stalled.signal]),
    alive: () => timer.refresh(),
    end: () => clearTimeout(timer),
  };
}
