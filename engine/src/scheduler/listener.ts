// When whoever hears a row runs dry. In: how its audio is delivered, the audio as it is made and as it is taken. Out: when
// its next audio is due, and whether it may be made later. Milliseconds of one clock, which is the caller's.
import type { Delivery } from "../speech-engine.ts";

export type Listener = {
  delivery: Delivery;
  /** Made before it plays: what its player holds back. */
  heldMs: number;
  /** When all audio made so far will have been heard; none before it plays. */
  dryAtMs: number | undefined;
};

/** Nobody hears a file while it is made, but it shall get its turn however many listen beside it. */
const patienceMs = 2000;

export function createListener(delivery: Delivery): Listener {
  return { delivery, heldMs: 0, dryAtMs: undefined };
}

/** One that ran dry goes on with what it gets. */
export function giveAudio(listener: Listener, seconds: number, nowMs: number): void {
  const moreMs = hearingMs(listener, seconds);
  if (listener.dryAtMs !== undefined) {
    listener.dryAtMs = Math.max(nowMs, listener.dryAtMs) + moreMs;
    return;
  }
  listener.heldMs += moreMs;
  if (listener.heldMs >= prebufferMs(listener)) listener.dryAtMs = nowMs + listener.heldMs;
}

/** @param untakenSeconds audio that was made and not fetched: who has that does not wait */
export function nextDueMs(listener: Listener, untakenSeconds: number, nowMs: number): number {
  if (listener.delivery.kind === "whole") return nowMs + patienceMs;
  // Its first piece shows that it is on its way; until it plays there is time for the others.
  if (listener.dryAtMs === undefined) return listener.heldMs === 0 ? -Infinity : nowMs + patienceMs;
  return Math.max(
    listener.dryAtMs,
    untakenSeconds > 0 ? nowMs + hearingMs(listener, untakenSeconds) : 0,
  );
}

/** So much audio is enough for a while: about what a prompt takes. */
const enoughMs = 500;

/** @param idleMs for how long a row has made no frame @param aheadMs until its next audio is due */
export function canWait(idleMs: number, aheadMs: number): boolean {
  return idleMs < patienceMs && aheadMs >= enoughMs;
}

function prebufferMs({ delivery }: Listener): number {
  return delivery.kind === "live" ? 1000 * (delivery.prebufferSeconds ?? 0) : 0;
}

function hearingMs({ delivery }: Listener, seconds: number): number {
  return (1000 * seconds) / (delivery.kind === "live" ? delivery.playbackRate : 1);
}
