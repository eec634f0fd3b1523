// The worklet's queue: what is pushed comes out once, in order, and the counts tell the truth.
import fc from "fast-check";
import { expect, test } from "vitest";
import { SampleQueue } from "./sample-queue.ts";

const blockSamples = 128;
const options = { prebufferSamples: 0, rampSamples: 64 };

function ramp(from: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => (from + i + 1) / 10_000);
}

function pull(queue: SampleQueue): Float32Array {
  const block = new Float32Array(blockSamples);
  queue.pull(block);
  return block;
}

/** All samples of the clip that come out before `ended`, fades left out. */
function playToEnd(queue: SampleQueue): number[] {
  const heard: number[] = [];
  while (queue.phase !== "ended") {
    const before = queue.samplesPlayed;
    const block = pull(queue);
    heard.push(...block.subarray(0, queue.samplesPlayed - before));
  }
  return heard;
}

test("plays every sample once and in order, whatever the pieces", () => {
  const pieceLengths = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 40 });
  fc.assert(
    fc.property(pieceLengths, fc.integer({ min: 0, max: 3 }), (lengths, blocksBetween) => {
      const queue = new SampleQueue(options);
      const sent: number[] = [];
      const heard: number[] = [];
      for (const length of lengths) {
        const piece = ramp(sent.length, length);
        sent.push(...piece);
        queue.push(piece);
        for (let i = 0; i < blocksBetween; i++) {
          const before = queue.samplesPlayed;
          heard.push(...pull(queue).subarray(0, queue.samplesPlayed - before));
        }
      }
      queue.end();
      heard.push(...playToEnd(queue));
      expect(heard).toEqual(sent);
      expect(queue.samplesPlayed).toBe(sent.length);
    }),
  );
});

test("holds the prebuffer back, then starts", () => {
  const queue = new SampleQueue({ ...options, prebufferSamples: 300 });
  queue.push(ramp(0, 299));
  expect(pull(queue).every((sample) => sample === 0)).toBe(true);
  expect(queue.phase).toBe("buffering");
  queue.push(ramp(299, 1));
  expect(pull(queue)[0]).toBeCloseTo(1 / 10_000);
  expect(queue.phase).toBe("playing");
});

test("plays a clip that is shorter than its prebuffer", () => {
  const queue = new SampleQueue({ ...options, prebufferSamples: 10_000 });
  queue.push(ramp(0, 200));
  queue.end();
  expect(playToEnd(queue)).toHaveLength(200);
});

test("counts a gap only when more samples come after it", () => {
  const queue = new SampleQueue(options);
  queue.push(ramp(0, 100));
  pull(queue);
  pull(queue);
  expect(queue).toMatchObject({ phase: "buffering", underruns: 0 });
  queue.push(ramp(100, 100));
  expect(queue.underruns).toBe(1);
  pull(queue);
  pull(queue);
  queue.end();
  pull(queue);
  expect(queue).toMatchObject({ phase: "ended", underruns: 1, samplesPlayed: 200 });
});

test("an empty clip ends", () => {
  const queue = new SampleQueue(options);
  queue.end();
  pull(queue);
  expect(queue).toMatchObject({ phase: "ended", samplesPlayed: 0 });
});

/** The largest step from one sample to the next. */
function largestStep(samples: number[]): number {
  return Math.max(...samples.slice(1).map((sample, i) => Math.abs(sample - samples[i]!)));
}

test("stops within the ramp, without a step, and forgets the rest", () => {
  const queue = new SampleQueue(options);
  queue.push(new Float32Array(10_000).fill(1));
  const before = pull(queue);
  queue.stop();
  const after = [...pull(queue), ...pull(queue)];
  expect(queue.phase).toBe("stopped");
  expect(after.slice(options.rampSamples).every((sample) => sample === 0)).toBe(true);
  expect(largestStep([before.at(-1)!, ...after])).toBeLessThan(0.05);
});

test("fades when it runs dry in mid-wave", () => {
  const queue = new SampleQueue(options);
  queue.push(new Float32Array(100).fill(0.8));
  const heard = [...pull(queue), ...pull(queue), ...pull(queue), ...pull(queue)];
  expect(largestStep(heard)).toBeLessThan(0.05);
  expect(heard.at(-1)).toBe(0);
});

test("a stop before the first sound is silent at once", () => {
  const queue = new SampleQueue({ ...options, prebufferSamples: 1000 });
  queue.push(ramp(0, 500));
  queue.stop();
  expect(pull(queue).every((sample) => sample === 0)).toBe(true);
  expect(queue).toMatchObject({ phase: "stopped", samplesPlayed: 0 });
});
