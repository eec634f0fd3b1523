// What the talker is told before it speaks. In: a prompt, a voice, a language tag. Out: the rows of the prefill and
// those that are added, one a frame, while it speaks.
// Follows modeling_qwen3_tts.py of qwen-tts (Qwen3TTSForConditionalGeneration.generate, generate_icl_prompt).
import type { ModelConfig } from "../checkpoint/model-config.ts";
import type { SpeechPrompt } from "../text/prompt.ts";
import type { TextLayout } from "../speech-engine.ts";
import { joined } from "../joined.ts";
import { addRows, type Rows } from "./rows.ts";

/** Projected text rows and code rows, each of the talker's width. */
export type Embedder = {
  text: (ids: readonly number[]) => Promise<Float32Array>;
  /** Of the talker's own table: codes of group 0 and control ids. */
  codec: (id: number) => Float32Array;
  /** Of a group's table. */
  code: (group: number, code: number) => Float32Array;
  /** The sum of a frame's codes' embeddings. */
  frame: (codes: readonly number[]) => Float32Array;
};

export type PrefillSource = {
  prompt: SpeechPrompt;
  languageId: number | null;
  /** The speaker's row, or none. [hiddenSize] */
  speaker: Float32Array | null;
  /** The reference's frames, for a voice that is cloned with its transcript. */
  referenceFrames: readonly (readonly number[])[] | null;
  layout: TextLayout;
};

export type Prefill = {
  /** [positions, hiddenSize] */
  rows: Float32Array;
  /** Added to the talker's input after frame 0, 1, …; after the last of them `pad` is. */
  trailing: Float32Array[];
  pad: Float32Array;
};

export async function prefill(
  config: ModelConfig,
  embedder: Embedder,
  source: PrefillSource,
): Promise<Prefill> {
  const { ttsPad, ttsBos, ttsEos } = config.tokenIds;
  const { codecIds, hiddenSize } = config.talker;
  const { prompt, referenceFrames, layout } = source;
  const words = [...(referenceFrames ? (prompt.reference ?? []) : []), ...prompt.text];
  const ids = [...(prompt.instruct ?? []), ...prompt.role, ...words, ttsPad, ttsBos, ttsEos];
  const projected = splitRows(await embedder.text(ids), hiddenSize);
  const [pad, bos, eos] = projected.splice(-3) as [Float32Array, Float32Array, Float32Array];
  const spoken = projected.splice(-words.length);
  const codec = (id: number) => embedder.codec(id);

  const tags = [
    ...languageTag(config, source.languageId).map(codec),
    ...(source.speaker ? [source.speaker] : []),
    codec(codecIds.pad),
  ];
  const header = tags.map((row, index) => addRows(row, index === tags.length - 1 ? bos : pad));
  const text = [...spoken, eos];
  const body = referenceFrames
    ? afterReference({ text, pad, layout, codec, codecIds }, [
        codec(codecIds.bos),
        ...referenceFrames.map((frame) => embedder.frame(frame)),
      ])
    : plain({ text, pad, layout, codec, codecIds });
  return {
    rows: joined([...projected, ...header, ...body.rows]),
    trailing: body.trailing,
    pad,
  };
}

/** `think` with the language's tag, or `nothink`. */
function languageTag({ talker: { codecIds } }: ModelConfig, id: number | null): number[] {
  const { think, nothink, thinkBos, thinkEos } = codecIds;
  return id === null ? [nothink, thinkBos, thinkEos] : [think, thinkBos, id, thinkEos];
}

type Body = {
  text: Rows;
  pad: Float32Array;
  layout: TextLayout;
  codec: (id: number) => Float32Array;
  codecIds: ModelConfig["talker"]["codecIds"];
};
type BodyRows = { rows: Rows; trailing: Rows };

function plain({ text, pad, layout, codec, codecIds }: Body): BodyRows {
  if (layout === "incremental") {
    const [first, ...rest] = text as [Float32Array, ...Rows];
    return { rows: [addRows(first, codec(codecIds.bos))], trailing: rest };
  }
  const beside = codec(codecIds.pad);
  const rows = text.map((row) => addRows(row, beside));
  return { rows: [...rows, addRows(pad, codec(codecIds.bos))], trailing: [pad] };
}

/** @param codes begin of speech and the frames of the reference */
function afterReference({ text, pad, layout, codec, codecIds }: Body, codes: Rows): BodyRows {
  if (layout === "whole") {
    const beside = codec(codecIds.pad);
    const rows = [
      ...text.map((row) => addRows(row, beside)),
      ...codes.map((row) => addRows(row, pad)),
    ];
    return { rows, trailing: [pad] };
  }
  const rows = codes.map((row, index) => addRows(text[index] ?? pad, row));
  const rest = text.slice(codes.length);
  return { rows, trailing: rest.length > 0 ? rest : [pad] };
}

function splitRows(all: Float32Array, width: number): Rows {
  return Array.from({ length: all.length / width }, (_, index) =>
    all.subarray(index * width, (index + 1) * width),
  );
}
