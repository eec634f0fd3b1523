// A model on a device that this machine has not: refused before anything is loaded, in words that help.
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createHostedEngine } from "../src/host/client.ts";
import { describeCheckpoint } from "../src/local/describe-model.ts";
import { hostedModelUrl } from "../src/local/hosted-model.ts";
import { loadModel } from "../src/local/load-model.ts";

const folder = fileURLToPath(new URL("./fixtures/custom-voice-1b7", import.meta.url));
/** Of another system than this one. */
const foreign = process.platform === "darwin" ? "dml" : "coreml";
const said = new RegExp(`The device ${foreign} cannot be used: .*--device cpu`);

test("in this process", async () => {
  const options = { device: foreign, precision: "f32" } as const;
  await expect(loadModel(folder, options)).rejects.toThrow(said);
});

test("in a host, whose words reach the server", async () => {
  const engine = createHostedEngine({
    engine: "local",
    moduleUrl: hostedModelUrl,
    moduleOptions: { folder, precision: "f32", device: foreign, rows: 1, runaway: {} },
    model: { ...(await describeCheckpoint(folder, "f32")), rows: 1 },
  });
  await expect(engine.load()).rejects.toThrow(said);
  await engine.close();
});
