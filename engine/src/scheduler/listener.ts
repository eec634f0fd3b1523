// When whoever hears a row runs dry. In: how its audio is delivered, the audio as it is made and as it is taken. Out: when
// its next audio is due, and whether it may be made later. Milliseconds of one clock, which is the caller's.
import type { Delivery } from "../speech-engine.ts";

export type Listener = {
  delivery: Delivery;
  /** When all audio made so far will have been heard; none before the first. */
  dryAtMs: number | undefined;
};

/** Nobody hears a file while it is made, but it shall get its turn however many listen beside it. */
const filePatienceMs = 2000;

export function createListener(delivery: Delivery): Listener {
  return { delivery, dryAtMs: undefined };
}

/** One that ran dry goes on with what it gets. */
export function giveAudio(listener: Listener, seconds: number, nowMs: number): void {
  const startMs = Math.max(nowMs, listener.dryAtMs ?? nowMs);
  listener.dryAtMs = startMs + hearingMs(listener, seconds);
}

/** @param untakenSeconds audio that was made and not fetched: who has that does not wait */
export function nextDueMs(listener: Listener, untakenSeconds: number, nowMs: number): number {
  if (listener.delivery.kind === "whole") return nowMs + filePatienceMs;
  if (listener.dryAtMs === undefined) return -Infinity;
  return Math.max(
    listener.dryAtMs,
    untakenSeconds > 0 ? nowMs + hearingMs(listener, untakenSeconds) : 0,
  );
}

/** So much audio is enough for a while: about what a prompt takes. */
const enoughMs = 500;

/** @param idleMs for how long it has made no frame @param dueMs of `nextDueMs` */
export function canWait(
  { delivery }: Listener,
  { idleMs, dueMs, nowMs }: { idleMs: number; dueMs: number; nowMs: number },
): boolean {
  return delivery.kind === "whole" ? idleMs < filePatienceMs : dueMs - nowMs >= enoughMs;
}

function hearingMs({ delivery }: Listener, seconds: number): number {
  return (1000 * seconds) / (delivery.kind === "live" ? delivery.playbackRate : 1);
}
