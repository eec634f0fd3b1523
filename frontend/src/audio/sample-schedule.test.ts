// The fallback's plan: pieces follow each other on the clock without a gap, and the counts agree
// with the clock.
import fc from "fast-check";
import { expect, test } from "vitest";
import { SampleSchedule } from "./sample-schedule.ts";
import type { ScheduledPiece } from "./sample-schedule.ts";

const options = { prebufferSamples: 0, leadSamples: 480 };

function piece(length: number) {
  return new Float32Array(length);
}

function ends({ samples, startsAt }: ScheduledPiece): number {
  return startsAt + samples.length;
}

test("pieces that arrive in time follow each other without a gap", () => {
  const schedule = new SampleSchedule(options);
  const placed = [
    ...schedule.push(piece(1000), 100.3),
    ...schedule.push(piece(500), 400),
    ...schedule.push(piece(700), 1200),
  ];
  expect(placed.map(({ startsAt }) => startsAt)).toEqual([581, 1581, 2081]);
  expect(schedule.underruns).toBe(0);
});

test("holds pieces back up to the prebuffer, or the end", () => {
  const schedule = new SampleSchedule({ ...options, prebufferSamples: 1500 });
  expect(schedule.push(piece(1000), 0)).toEqual([]);
  expect(schedule.push(piece(400), 900)).toEqual([]);
  expect(schedule.end(1000).map(({ startsAt }) => startsAt)).toEqual([1480, 2480]);
});

test("a late piece is a gap, and the count of played samples goes on", () => {
  const schedule = new SampleSchedule(options);
  schedule.push(piece(1000), 0);
  expect(schedule.samplesPlayed(980)).toBe(500);
  const [late] = schedule.push(piece(1000), 5000);
  expect(late?.startsAt).toBe(5480);
  expect(schedule.underruns).toBe(1);
  expect(schedule.samplesPlayed(5000)).toBe(1000);
  expect(schedule.samplesPlayed(5980)).toBe(1500);
});

test("no piece overlaps another, each is placed well ahead of the clock, all are played in the end", () => {
  const arrivals = fc.array(
    fc.record({
      length: fc.integer({ min: 1, max: 4000 }),
      after: fc.double({ min: 0, max: 6000, noNaN: true }),
    }),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 0, max: 5000 }), (pieces, prebufferSamples) => {
      const schedule = new SampleSchedule({ ...options, prebufferSamples });
      const placed: ScheduledPiece[] = [];
      let now = 0;
      for (const { length, after } of pieces) {
        now += after;
        const next = schedule.push(piece(length), now);
        expect(next.every(({ startsAt }) => startsAt >= now + options.leadSamples)).toBe(true);
        placed.push(...next);
      }
      placed.push(...schedule.end(now));
      for (const [i, later] of placed.slice(1).entries())
        expect(later.startsAt).toBeGreaterThanOrEqual(ends(placed[i]!));
      const total = pieces.reduce((sum, { length }) => sum + length, 0);
      const end = ends(placed.at(-1)!);
      expect(schedule.samplesPlayed(end)).toBe(total);
      expect(schedule.isEmpty(end)).toBe(true);
      expect(schedule.isEmpty(end - 1)).toBe(false);
    }),
  );
});
