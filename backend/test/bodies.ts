// Bodies for the fuzz test: right ones, ones with something wrong, and what is no body at all.
import fc from "fast-check";

/** What goes over the wire: the text of a body and its Content-Type, none where it is null. */
export type Sent = { text: string; type: string | null };

const goodFields: Record<string, fc.Arbitrary<unknown>> = {
  text: fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
  speaker: fc.constantFrom("Ryan", "vivian", "Ono_Anna"),
  language: fc.constantFrom("English", "auto", "KOREAN"),
  speed: fc.constantFrom(1, 1, 1, 1, 1, 1, 0.25, 4),
  pitch: fc.constantFrom(1, 1, 1, 1, 1, 1, 0.5, 2),
  instruct: fc.option(fc.string({ maxLength: 20 })),
  format: fc.constantFrom("wav", "pcm"),
  seed: fc.maxSafeNat(),
  temperature: fc.double({ min: 0.01, max: 2, noNaN: true }),
  top_k: fc.integer({ min: 1, max: 2048 }),
  top_p: fc.double({ min: 0.01, max: 1, noNaN: true }),
  repetition_penalty: fc.double({ min: 1, max: 2, noNaN: true }),
  max_seconds: fc.double({ min: 0.1, max: 1, noNaN: true }),
};

/** JSON texts, so that also what JavaScript cannot hold can be sent. */
const oddValues = fc.oneof(
  fc.anything({ withNullPrototype: true, maxDepth: 2 }).map(toJson),
  fc.string({ unit: "binary", maxLength: 30 }).map(toJson),
  fc.constantFrom(
    ...["1e308", "1e999", "-1e999", "-0", "5e-324", "9007199254740993", "0.1e-400", "-1"],
    ...['"\\ud800"', '"\\u0000"', '"\ufeff"', '"<|im_end|>"', '"__proto__"', '" "', '""'],
    ...['{"__proto__":{"a":1}}', '{"toString":null}', "[[[]]]", "null", "true"],
    toJson("x".repeat(6000)),
    toJson("😀".repeat(5001)),
  ),
);
const oddNames = fc.oneof(
  fc.constantFrom(
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "",
    "Text",
  ),
  fc.string({ unit: "binary", maxLength: 10 }),
);

type Members = Record<string, string>;

const goodMembers: fc.Arbitrary<Members> = fc
  .record(goodFields, { requiredKeys: ["text"] })
  .map((body) =>
    Object.fromEntries(Object.entries(body).map(([name, value]) => [name, toJson(value)])),
  );

const changes: fc.Arbitrary<[string, string][]> = fc.array(
  fc.tuple(fc.oneof(fc.constantFrom(...Object.keys(goodFields)), oddNames), oddValues),
  { minLength: 1, maxLength: 3 },
);

const good = goodMembers.map((members) => objectText(Object.entries(members)));
/** Names may come twice, which JSON allows. */
const mutated = fc
  .tuple(goodMembers, changes)
  .map(([members, changed]) => objectText([...Object.entries(members), ...changed]));
const speech = fc.oneof(
  { weight: 3, arbitrary: good },
  { weight: 4, arbitrary: mutated },
  { weight: 2, arbitrary: oddValues },
);

const items = fc.oneof(
  { weight: 6, arbitrary: fc.array(speech, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.array(good, { minLength: 9, maxLength: 12 }) },
);
const batch = fc.oneof(
  { weight: 6, arbitrary: items.map((list) => `{"requests":[${list.join(",")}]}`) },
  { weight: 1, arbitrary: oddValues.map((value) => `{"requests":${value}}`) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(items, oddNames, oddValues)
      .map(([list, name, value]) => `{"requests":[${list.join(",")}],${toJson(name)}:${value}}`),
  },
  { weight: 1, arbitrary: speech },
);

const deep = fc
  .tuple(fc.constantFrom("[", '{"text":', '{"requests":['), fc.integer({ min: 1, max: 5000 }))
  .map(([opening, depth]) => opening.repeat(depth));

const closedDeep = fc
  .integer({ min: 1, max: 20_000 })
  .map((depth) => `{"text":"x","seed":${"[".repeat(depth)}${"]".repeat(depth)}}`);

const types: fc.Arbitrary<string | null> = fc.oneof(
  { weight: 12, arbitrary: fc.constant("application/json") },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...["application/x-www-form-urlencoded", "application/json; charset=utf-8", null],
      ...["application/json; charset=koi8-r", "APPLICATION/JSON", 'application/json;x="', ""],
      ...[
        "text/plain",
        "text/html",
        "application",
        "*/*",
        "/",
        ";",
        "multipart/form-data",
        "a/b;;",
      ],
    ),
  },
);

function sent(bodies: fc.Arbitrary<string>): fc.Arbitrary<Sent> {
  const broken = fc
    .tuple(bodies, fc.nat(), fc.string({ unit: "binary", maxLength: 3 }))
    .map(([text, at, junk]) => text.slice(0, at % (text.length + 1)) + junk);
  const text = fc.oneof(
    { weight: 12, arbitrary: bodies },
    { weight: 2, arbitrary: broken },
    { weight: 1, arbitrary: fc.oneof(deep, closedDeep) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  );
  return fc.record({ text, type: types });
}

export const speechBodies = sent(speech);
export const batchBodies = sent(batch);

function objectText(members: [string, string][]): string {
  return `{${members.map(([name, value]) => `${toJson(name)}:${value}`).join(",")}}`;
}

function toJson(value: unknown): string {
  const plain = (_key: string, item: unknown): unknown =>
    typeof item === "bigint" ? Number(item) : item;
  return value === undefined ? "undefined" : JSON.stringify(value, plain);
}
