import { expect, test } from "vitest";
import type { CodecState } from "../model/codec-decoder.ts";
import { PrimedStates } from "./primed-states.ts";

let primed = 0;
const statesOf = (number: number): Promise<CodecState> => {
  primed++;
  const arrays = () => [Float32Array.of(number)];
  const memories = { latents: arrays(), columns: arrays(), wave: arrays() };
  return Promise.resolve({
    position: number,
    keys: arrays(),
    values: arrays(),
    memories,
  });
};

const reference = (number: number) => [[number, 1], [2]];

test("a reference goes through once, and nobody changes what is kept", async () => {
  primed = 0;
  const states = new PrimedStates();
  const use = (number: number) => states.stateBehind(reference(number), () => statesOf(number));
  const first = await use(7);
  expect(first).toEqual(await statesOf(7));
  primed = 0;
  first.position = 0;
  for (const [array] of [first.keys, first.values, ...Object.values(first.memories)]) {
    array![0] = -1;
  }
  expect(await use(7)).toEqual(await statesOf(7));
  expect(primed).toBe(1); // by this test alone
});

test("those that were not used for longest are forgotten", async () => {
  primed = 0;
  const states = new PrimedStates();
  const use = (number: number) => states.stateBehind(reference(number), () => statesOf(number));
  for (let number = 0; number < 8; number++) await use(number);
  await use(0);
  await use(8);
  expect(primed).toBe(9);
  await use(0);
  expect(primed).toBe(9);
  await use(1);
  expect(primed).toBe(10);
});

test("references that look alike are not taken for one another", async () => {
  const states = new PrimedStates();
  const one = await states.stateBehind([[1, 23]], () => statesOf(1));
  const other = await states.stateBehind([[12, 3]], () => statesOf(2));
  const third = await states.stateBehind([[1], [23]], () => statesOf(3));
  expect([one.position, other.position, third.position]).toEqual([1, 2, 3]);
});
