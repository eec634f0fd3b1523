// Which command a line means, and what the arguments of the smaller commands may be.
import { expect, test } from "vitest";
import { UsageError } from "./arguments.ts";
import { parseBenchOptions } from "./commands/bench.ts";
import { parseCodecDecode } from "./commands/codec-decode.ts";
import { parseVerify } from "./commands/model-verify.ts";
import { chooseCommand } from "./command-line.ts";

test.each([
  [[], []],
  [
    ["--port", "0"],
    ["--port", "0"],
  ],
  [["serve"], []],
  [
    ["serve", "--port", "0"],
    ["--port", "0"],
  ],
  [["--help"], ["--help"]],
])("%s means the server", async (line, args) => {
  expect(await chooseCommand(line)).toEqual({ command: null, args });
});

test.each(["speak", "codec decode", "codec encode", "speaker-embedding", "bench", "model inspect"])(
  "%s is a command of its own",
  async (name) => {
    const { command, args } = await chooseCommand([...name.split(" "), "--help"]);
    expect(command).toBeTypeOf("function");
    expect(args).toEqual(["--help"]);
  },
);

test.each([
  [["sing"], "Unknown command 'sing'. Commands: serve, speak, codec decode,"],
  [["constructor"], "Unknown command 'constructor'"],
  [["codec"], "'codec' needs a second word: codec decode or codec encode."],
  [["model", "--help"], "'model' needs a second word: model inspect or model verify."],
])("%s is refused", async (line, words) => {
  await expect(chooseCommand(line)).rejects.toThrow(UsageError);
  await expect(chooseCommand(line)).rejects.toThrow(words);
});

const decodable = ["--model", "m", "--codes", "c.json", "--out", "o.wav"];

test("codec decode cuts where it is told", () => {
  expect(parseCodecDecode(decodable)?.chunkFrames).toBe(25);
  expect(parseCodecDecode([...decodable, "--chunk-frames", "7"])?.chunkFrames).toBe(7);
  expect(parseCodecDecode([...decodable, "--chunk-frames", "all"])?.chunkFrames).toBe("all");
  const none = (): unknown => parseCodecDecode([...decodable, "--chunk-frames", "0"]);
  expect(none).toThrow("--chunk-frames (or 'all') must be an integer from 1");
  expect(() => parseCodecDecode(["--model", "m", "--out", "o"])).toThrow("--codes is missing");
});

test("bench measures the numbers of streams that are listed", () => {
  expect(parseBenchOptions(["--model", "m"])).toEqual({
    model: "m",
    precision: "int8",
    device: "cpu",
    frames: 75,
    streams: [1, 2, 3],
    threads: null,
    json: false,
  });
  expect(parseBenchOptions(["--model", "m", "--streams", "4"])?.streams).toEqual([4]);
});

test.each(["", "0", "1,", "1;2", "65", "-1", "1, 2"])("--streams=%s is refused", (streams) => {
  const parse = (): unknown => parseBenchOptions(["--model", "m", `--streams=${streams}`]);
  expect(parse).toThrow("--streams must be integers from 1 to 64 with commas between them");
});

test("model verify takes one folder and names its results after it", () => {
  expect(parseVerify(["a/b/"])).toEqual({ model: "a/b/", out: "verify-b", threads: null });
  expect(() => parseVerify([])).toThrow("'model verify' takes one folder, not 0. See --help.");
  expect(() => parseVerify(["a", "b"])).toThrow("takes one folder, not 2");
});
