"""Write the tiny checkpoints in the published folder layout: `python make_checkpoints.py FOLDER [NAME ...]`.

The official classes give the tensor names and shapes, weights.py the values, and one decode of random codes sets the
level of the waveform. Nothing here runs the talker.
"""

import json
import sys
from pathlib import Path

import numpy as np
import official  # noqa: F401  (first: it puts the stand-ins in place)
import torch
from qwen_tts.core import Qwen3TTSTokenizerV2Config, Qwen3TTSTokenizerV2Model
from qwen_tts.core.models import Qwen3TTSConfig, Qwen3TTSForConditionalGeneration
from safetensors.torch import save_file

import checkpoints
import weights
from reference_audio import voice
from tiny_tokenizer import write_tokenizer

LEVEL = 0.12  # root mean square of the waveform: it neither clips nor vanishes


def main():
    folder = Path(sys.argv[1])
    for checkpoint in checkpoints.ALL:
        if not sys.argv[2:] or checkpoint.name in sys.argv[2:]:
            write(checkpoint, folder / checkpoint.name)


def write(checkpoint, folder):
    (folder / "speech_tokenizer").mkdir(parents=True, exist_ok=True)
    for old in folder.glob("**/*.safetensors*"):
        old.unlink()
    ids = write_tokenizer(folder, checkpoint.merges, checkpoint.rotation, checkpoint.tokenizer_json)
    config = model_config(checkpoint, ids)
    write_json(folder / "config.json", config)
    write_json(folder / "generation_config.json", generation_config(checkpoint))
    write_json(folder / "preprocessor_config.json", PROCESSOR)
    write_json(folder / "speech_tokenizer/preprocessor_config.json", FEATURES)
    write_json(folder / "speech_tokenizer/config.json", codec_config(checkpoint))
    save_model(checkpoint, config, folder)
    save_codec(checkpoint, folder / "speech_tokenizer")
    size = sum(file.stat().st_size for file in folder.glob("**/*") if file.is_file())
    print(f"{checkpoint.name}: {size / 1000:.0f} kB")


def model_config(checkpoint, ids):
    first, talker = checkpoint.first_id, dict(checkpoint.talker)
    names = ["eos_token", "pad", "bos", "nothink", "think_eos", "think", "think_bos"]
    special = {f"codec_{name}_id": first + 3 * index for index, name in enumerate(names)}
    dialects = sorted({dialect for dialect in checkpoint.speakers.values() if dialect})
    languages = {name: first + 40 + 5 * index for index, name in enumerate(checkpoints.LANGUAGES + dialects)}
    predictor = dict(
        attention_bias=False, hidden_act="silu", layer_types=["full_attention"] * checkpoint.predictor["num_hidden_layers"],
        max_position_embeddings=65536, model_type="qwen3_tts_talker_code_predictor", num_code_groups=checkpoint.groups,
        rope_scaling=None, tie_word_embeddings=False, use_sliding_window=False, vocab_size=checkpoint.codes,
        **checkpoint.predictor,
    )  # fmt: skip
    talker |= dict(
        attention_bias=False, hidden_act="silu", max_position_embeddings=32768, model_type="qwen3_tts_talker",
        num_code_groups=checkpoint.groups, position_id_per_seconds=13, sliding_window=None, use_sliding_window=False,
        vocab_size=checkpoint.codes + 1024, text_vocab_size=len(ids) + 5, codec_language_id=languages,
        spk_id={name.lower(): first + 200 + 7 * index for index, name in enumerate(checkpoint.speakers)},
        spk_is_dialect={name.lower(): dialect for name, dialect in checkpoint.speakers.items()},
        code_predictor_config=predictor, **special,
    )  # fmt: skip
    config = dict(
        architectures=["Qwen3TTSForConditionalGeneration"], assistant_token_id=ids["assistant"],
        im_end_token_id=ids["<|im_end|>"], im_start_token_id=ids["<|im_start|>"], tts_bos_token_id=ids["<tts_text_bos>"],
        tts_eos_token_id=ids["<tts_text_eod>"], tts_pad_token_id=ids["<tts_pad>"], model_type="qwen3_tts",
        tokenizer_type="qwen3_tts_tokenizer_12hz", tts_model_size=checkpoint.model_size,
        tts_model_type=checkpoint.model_type, talker_config=talker, transformers_version="4.57.3",
    )  # fmt: skip
    if checkpoint.speaker_encoder is not None:
        config["speaker_encoder_config"] = dict(
            enc_dim=talker["hidden_size"], sample_rate=24000, **checkpoint.speaker_encoder
        )
    return config


def generation_config(checkpoint):
    return dict(
        do_sample=True, repetition_penalty=1.05, temperature=0.9, top_p=1.0, top_k=50, subtalker_dosample=True,
        subtalker_temperature=0.9, subtalker_top_p=1.0, subtalker_top_k=50, max_new_tokens=8192,
    ) | checkpoint.generation  # fmt: skip


PROCESSOR = dict(padding_side="left", padding_value=0.0, processor_class="Qwen3TTSProcessor", return_attention_mask=True)
FEATURES = dict(
    chunk_length_s=None, feature_extractor_type="EncodecFeatureExtractor", feature_size=1, overlap=None,
    padding_side="right", padding_value=0.0, return_attention_mask=True, sampling_rate=24000,
)  # fmt: skip


def codec_config(checkpoint):
    decoder, encoder = dict(checkpoint.decoder), dict(checkpoint.encoder)
    decode_rate = int(np.prod(decoder["upsample_rates"] + decoder["upsampling_ratios"]))
    encode_rate = 2 * int(np.prod(encoder["upsampling_ratios"]))
    decoder = dict(
        attention_bias=False, attention_dropout=0.0, codebook_size=checkpoint.codes, hidden_act="silu",
        layer_scale_initial_scale=0.01, max_position_embeddings=8000, num_quantizers=checkpoint.groups,
        num_semantic_quantizers=1, rms_norm_eps=1e-5, rope_theta=10000, semantic_codebook_size=2 * checkpoint.codes,
        vector_quantization_hidden_dimension=decoder["codebook_dim"],
    ) | decoder  # fmt: skip
    encoder = dict(
        _frame_rate=24000 / encode_rate, attention_bias=False, attention_dropout=0.0, audio_channels=1,
        codebook_size=checkpoint.codes, compress=2, dilation_growth_rate=2, hidden_act="gelu", kernel_size=7,
        last_kernel_size=3, layer_scale_initial_scale=0.01, max_position_embeddings=8000, norm_eps=1e-5,
        num_residual_layers=1, num_semantic_quantizers=1, pad_mode="constant", residual_kernel_size=3, rope_theta=10000.0,
        sampling_rate=24000, trim_right_ratio=1.0, upsample_groups=encoder["hidden_size"], use_causal_conv=True,
        use_conv_shortcut=False, vector_quantization_hidden_dimension=encoder["codebook_dim"],
    ) | encoder  # fmt: skip
    return dict(
        architectures=["Qwen3TTSTokenizerV2Model"], model_type="qwen3_tts_tokenizer_12hz", decoder_config=decoder,
        encoder_config=encoder, encoder_valid_num_quantizers=checkpoint.groups, input_sample_rate=24000,
        output_sample_rate=24000, decode_upsample_rate=decode_rate, encode_downsample_rate=encode_rate,
        transformers_version="4.57.3",
    ) | checkpoint.codec  # fmt: skip


def save_model(checkpoint, config, folder):
    model = Qwen3TTSForConditionalGeneration(Qwen3TTSConfig(**json.loads(json.dumps(config))))
    weights.fill(model, checkpoint.seed)
    head = model.talker.codec_head.weight
    with torch.no_grad():
        head[config["talker_config"]["codec_eos_token_id"]] *= checkpoint.end_gain
    tensors = {name: t.to(getattr(torch, checkpoint.dtype)).contiguous() for name, t in model.state_dict().items()}
    if checkpoint.shards == 1:
        save_file(tensors, str(folder / "model.safetensors"), metadata={"format": "pt"})
        return
    shard_of = {}
    for shard in range(checkpoint.shards):
        file = f"model-{shard + 1:05}-of-{checkpoint.shards:05}.safetensors"
        part = {name: tensor for index, (name, tensor) in enumerate(tensors.items()) if index % checkpoint.shards == shard}
        save_file(part, str(folder / file), metadata={"format": "pt"})
        shard_of |= dict.fromkeys(part, file)
    total = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    write_json(folder / "model.safetensors.index.json", dict(metadata=dict(total_size=total), weight_map=shard_of))


def save_codec(checkpoint, folder):
    config = official.read_json(folder / "config.json")
    model = Qwen3TTSTokenizerV2Model(Qwen3TTSTokenizerV2Config(**config)).eval()
    weights.fill(model, checkpoint.seed + 1000)
    random = np.random.RandomState(checkpoint.seed)
    codes = torch.from_numpy(random.randint(0, checkpoint.codes, (1, checkpoint.groups, 60)))
    last = model.decoder.decoder[-1].conv
    with torch.no_grad():
        clip = torch.from_numpy(voice(random, 24000, 240 * config["encode_downsample_rate"])).float()
        weights.fit_encoder_codebooks(model.encoder, clip, checkpoint.codebook_seed)
        last.weight *= 1e-3
        last.bias *= 0.0
        wave = model.decoder(codes)
        last.weight *= float(f"{LEVEL / wave.std():.3g}")  # rounded: the file must not depend on a sum's last digit
        last.bias -= round(float(model.decoder(codes).mean()), 3) + 0.01
    save_file(model.state_dict(), str(folder / "model.safetensors"), metadata={"format": "pt"})


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
