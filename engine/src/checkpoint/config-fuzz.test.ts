import fc from "fast-check";
import { expect, test } from "vitest";
import { EngineError } from "../engine-error.ts";
import { tinyConfigs } from "../testing/tiny-configs.ts";
import { codecConfig } from "./codec-config.ts";
import { codecDecoderTensors, codecEncoderTensors } from "./codec-inventory.ts";
import { generationDefaults } from "./generation-defaults.ts";
import { modelTensors } from "./inventory.ts";
import { parseJsonFields, type JsonFields } from "./json-fields.ts";
import { modelConfig } from "./model-config.ts";

const { config, codec, generation } = tinyConfigs("base");

/** Reads a config and counts the tensors that it leads to. */
const readers: [json: object, read: (fields: JsonFields) => number][] = [
  [config, (fields) => count(modelTensors(modelConfig(fields)))],
  [
    codec,
    (fields) => {
      const checked = codecConfig(fields);
      return count(codecDecoderTensors(checked.decoder)) + count(codecEncoderTensors(checked));
    },
  ],
  [generation, (fields) => Object.keys(generationDefaults(fields)).length],
];

function count(items: Iterable<unknown>): number {
  let number = 0;
  for (const item of items) if (item !== undefined) number++;
  return number;
}

/** More than any config may lead to: 1,024 layers of each transformer among them. */
const mostTensors = 300_000;

function check(text: string, read: (fields: JsonFields) => number): void {
  try {
    expect(read(parseJsonFields("config.json", text))).toBeLessThan(mostTensors);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    expect(error.message.length).toBeLessThan(400);
  }
}

const strange = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(0, -1, 1.5, 2 ** 53, 1e308, "", "1", null, [], {}, [0], [1e9], true),
  fc.integer(),
);

test("2,000 configs with a value replaced: an EngineError each, or a model of bounded size", () => {
  fc.assert(
    fc.property(fc.nat(readers.length - 1), fc.nat(1000), strange, (which, place, value) => {
      const [json, read] = readers[which]!;
      let seen = 0;
      const total = count(walk(json));
      const text = JSON.stringify(json, (_key, old: unknown) =>
        seen++ === place % total ? value : old,
      );
      check(text, read);
    }),
    { numRuns: 2000 },
  );
});

test("every value of every config replaced by what no size is, in JSON's own words", () => {
  const mark = "\u0001";
  const words = ["1e999", "-1e999", "1e12", "-1", "0.5", "NaN", '"7"', "null", "[]", "{}", "true"];
  for (const [json, read] of readers) {
    const total = count(walk(json));
    for (let place = 0; place < total; place++) {
      let seen = 0;
      const text = JSON.stringify(json, (_key, old: unknown) => (seen++ === place ? mark : old));
      for (const word of words) check(text.replace(JSON.stringify(mark), word), read);
    }
  }
});

test("2,000 configs with bytes damaged or cut short", () => {
  const damage = fc.array(fc.tuple(fc.nat(5000), fc.nat(127)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(
      fc.nat(readers.length - 1),
      damage,
      fc.option(fc.nat(5000)),
      (which, changes, cut) => {
        const [json, read] = readers[which]!;
        const bytes = Buffer.from(JSON.stringify(json));
        for (const [position, value] of changes) bytes[position % bytes.length] = value;
        check(bytes.toString("latin1", 0, cut ?? bytes.length), read);
      },
    ),
    { numRuns: 2000 },
  );
});

test("nesting deeper than any stack", () => {
  const depth = 200_000;
  check(`{"model_type": ${"[".repeat(depth)}${"]".repeat(depth)}}`, readers[0]![1]);
  check(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`, readers[0]![1]);
});

/** All values that JSON.stringify visits. */
function* walk(value: unknown): Generator {
  yield value ?? null;
  if (typeof value !== "object" || value === null) return;
  for (const child of Object.values(value)) yield* walk(child);
}
