// One verdict, by unanswered pings or by a sign of life that is overdue.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Watchdog } from "./watchdog.ts";

const graceMs = 1_000;
const pingMs = 250;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function watch(answer: (id: number) => number | undefined): { verdicts: string[]; pings: number } {
  const seen = { verdicts: [] as string[], pings: 0 };
  const watchdog = new Watchdog({
    graceMs,
    ping: (id) => {
      seen.pings += 1;
      const overdueMs = answer(id);
      if (overdueMs !== undefined) watchdog.pong(id, overdueMs);
    },
    hung: (detail) => seen.verdicts.push(detail),
  });
  return seen;
}

test("a host that answers in time lives", () => {
  const seen = watch(() => graceMs);
  vi.advanceTimersByTime(20 * pingMs);
  expect(seen).toEqual({ verdicts: [], pings: 20 });
});

test("a host whose compute thread is overdue is hung, once", () => {
  const seen = watch((id) => (id < 3 ? 0 : graceMs + 1));
  vi.advanceTimersByTime(20 * pingMs);
  expect(seen.verdicts).toEqual(["The compute thread has been overdue for 1001 ms."]);
  expect(seen.pings).toBe(3);
});

test("a host that leaves the pings of a grace period unanswered is hung, once", () => {
  const seen = watch((id) => (id <= 2 ? 0 : undefined));
  vi.advanceTimersByTime(20 * pingMs);
  expect(seen.verdicts).toEqual(["The control thread left 5 pings unanswered."]);
});

test.each(["before", "after"])(
  "a machine that was paused condemns nobody, whether the answer comes %s the late tick",
  (order) => {
    const pauseMs = 60_000;
    const seen: string[] = [];
    let late = 0;
    const watchdog: Watchdog = new Watchdog({
      graceMs,
      ping: (id) => watchdog.pong(id, late),
      hung: (detail) => seen.push(detail),
    });
    vi.advanceTimersByTime(3.5 * pingMs);
    const ahead = performance.now() - Date.now() + pauseMs;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => Date.now() + ahead);
    late = pauseMs + pingMs; // the step that was under way goes on, and has not signed yet
    if (order === "before") watchdog.pong(3, late);
    vi.advanceTimersByTime(2 * pingMs);
    expect(seen).toEqual([]);
    late += 2 * graceMs; // and never signs
    vi.advanceTimersByTime(2 * pingMs);
    expect(seen).toHaveLength(1);
    clock.mockRestore();
  },
);
