import { describe, expect, test } from "vitest";
import {
  publishedConfigs,
  type PublishedSize,
  type PublishedVariant,
} from "../testing/published-configs.ts";
import { codecConfig } from "./codec-config.ts";
import { codecDecoderTensors, codecEncoderTensors } from "./codec-inventory.ts";
import { modelTensors, type ExpectedTensor } from "./inventory.ts";
import { JsonFields } from "./json-fields.ts";
import { modelConfig } from "./model-config.ts";

function inventoryOf(size: PublishedSize, variant: PublishedVariant): ExpectedTensor[] {
  const { config } = publishedConfigs(size, variant);
  return [...modelTensors(modelConfig(new JsonFields("config.json", "", config)))];
}

const codec = codecConfig(
  new JsonFields("config.json", "", publishedConfigs("0.6b", "base").codec),
);

function parameters(tensors: readonly ExpectedTensor[]): number {
  return tensors.reduce(
    (sum, { shape }) => sum + shape.reduce((count, size) => count * size, 1),
    0,
  );
}

function shapeOf(tensors: readonly ExpectedTensor[], name: string): readonly number[] | undefined {
  return tensors.find((tensor) => tensor.name === name)?.shape;
}

describe("the published models have as many tensors and parameters as their files", () => {
  test.each([
    ["0.6b", "custom_voice", 402, 905_788_672],
    ["1.7b", "custom_voice", 404, 1_916_676_352],
    ["1.7b", "voice_design", 404, 1_916_676_352],
    ["0.6b", "base", 402 + 76, 914_643_008],
    ["1.7b", "base", 404 + 76, 1_928_677_440],
  ] as const)("%s %s", (size, variant, tensorCount, parameterCount) => {
    const tensors = inventoryOf(size, variant);
    expect(tensors).toHaveLength(tensorCount);
    expect(parameters(tensors)).toBe(parameterCount);
    expect(new Set(tensors.map(({ name }) => name)).size).toBe(tensorCount);
  });

  test("the codec's decoder and encoder", () => {
    const decoder = [...codecDecoderTensors(codec.decoder)];
    const encoder = [...codecEncoderTensors(codec)];
    expect([decoder.length, 4 * parameters(decoder)]).toEqual([271, 457_292_548]);
    expect([encoder.length, 4 * parameters(encoder)]).toEqual([225, 224_937_216]);
  });
});

test("shapes where a slip would keep the count", () => {
  const large = inventoryOf("1.7b", "base");
  const predictor = "talker.code_predictor";
  expect(shapeOf(large, "talker.model.layers.27.self_attn.o_proj.weight")).toEqual([2048, 2048]);
  expect(shapeOf(large, "talker.model.layers.0.self_attn.k_proj.weight")).toEqual([1024, 2048]);
  expect(shapeOf(large, "talker.model.layers.0.mlp.down_proj.weight")).toEqual([2048, 6144]);
  expect(shapeOf(large, `${predictor}.small_to_mtp_projection.weight`)).toEqual([1024, 2048]);
  expect(shapeOf(large, `${predictor}.model.codec_embedding.14.weight`)).toEqual([2048, 2048]);
  expect(shapeOf(large, `${predictor}.lm_head.14.weight`)).toEqual([2048, 1024]);
  expect(shapeOf(large, "speaker_encoder.asp.tdnn.conv.weight")).toEqual([128, 4608, 1]);
  expect(shapeOf(large, "speaker_encoder.fc.weight")).toEqual([2048, 3072, 1]);
  expect(shapeOf(large, "speaker_encoder.blocks.3.res2net_block.blocks.6.conv.weight")).toEqual([
    64, 64, 3,
  ]);
  const decoder = [...codecDecoderTensors(codec.decoder)];
  expect(shapeOf(decoder, "decoder.decoder.1.block.1.conv.weight")).toEqual([1536, 768, 16]);
  expect(shapeOf(decoder, "decoder.decoder.4.block.4.conv1.conv.weight")).toEqual([96, 96, 7]);
  expect(shapeOf(decoder, "decoder.decoder.6.conv.weight")).toEqual([1, 96, 7]);
  const encoder = [...codecEncoderTensors(codec)];
  expect(shapeOf(encoder, "encoder.encoder.layers.9.conv.weight")).toEqual([512, 256, 12]);
  expect(shapeOf(encoder, "encoder.encoder.layers.14.conv.weight")).toEqual([512, 1024, 3]);
  expect(shapeOf(encoder, "encoder.downsample.conv.weight")).toEqual([512, 512, 4]);
});
