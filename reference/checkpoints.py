"""The five tiny checkpoints: their geometries, every one different, and what each is there to show.

Sizes are unlike the published ones and unlike each other, so that a constant in the engine's code cannot hide. What the
official code fixes stays: 1,024 codec ids above the codes, one semantic codebook in the decoder, a 128-band mel.
"""

from dataclasses import dataclass, field

LANGUAGES = ["chinese", "english", "german", "japanese", "french", "korean", "russian", "spanish", "italian", "portuguese"]


@dataclass
class Checkpoint:
    name: str
    seed: int
    model_size: str
    model_type: str
    talker: dict
    predictor: dict
    decoder: dict
    encoder: dict
    codes: int  # entries of a codebook
    groups: int
    merges: int
    rotation: int  # of the added tokens
    first_id: int  # where the special codec ids begin
    speakers: dict = field(default_factory=dict)  # name -> dialect or False
    speaker_encoder: dict | None = None
    generation: dict = field(default_factory=dict)
    codec: dict = field(default_factory=dict)
    dtype: str = "bfloat16"
    shards: int = 1
    tokenizer_json: bool = False
    codebook_seed: int = 0  # of the encoder: chosen so that no frame of the clips lies between two rows
    end_gain: float = 0.3  # of the end-of-speech row of codec_head: small means that it never wins


CUSTOM_VOICE_0B6 = Checkpoint(
    name="custom-voice-0b6",
    seed=1,
    model_size="0b6",
    model_type="custom_voice",
    codes=64,
    groups=16,
    merges=200,
    rotation=0,
    first_id=70,
    speakers={"serena": False, "Eric": "sichuan_dialect", "dylan": "beijing_dialect"},
    talker=dict(
        hidden_size=32, intermediate_size=56, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
        head_dim=12, text_hidden_size=24, rms_norm_eps=1e-6, rope_theta=1000000,
        rope_scaling=dict(interleaved=True, mrope_section=[2, 2, 2], rope_type="default", type="default"),
    ),
    predictor=dict(
        hidden_size=32, intermediate_size=40, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=1,
        head_dim=16, rms_norm_eps=1e-6, rope_theta=1000000,
    ),
    decoder=dict(
        codebook_dim=16, latent_dim=20, hidden_size=16, intermediate_size=24, num_hidden_layers=2,
        num_attention_heads=3, num_key_value_heads=3, head_dim=6, sliding_window=6, decoder_dim=32,
        upsample_rates=[8, 5, 4, 3], upsampling_ratios=[2, 2],
    ),
    encoder=dict(
        num_filters=2, upsampling_ratios=[8, 6, 5, 4], hidden_size=16, intermediate_size=24, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=2, head_dim=8, sliding_window=8, num_quantizers=17, codebook_dim=8,
    ),
)  # fmt: skip

# Talker wider than predictor, half precision, a stronger repetition penalty, an end-of-speech row that fires.
CUSTOM_VOICE_1B7 = Checkpoint(
    name="custom-voice-1b7",
    seed=2,
    model_size="1b7",
    model_type="custom_voice",
    codes=32,
    groups=6,
    merges=230,
    rotation=5,
    first_id=40,
    speakers={"vivian": False, "eric": "sichuan_dialect"},
    dtype="float16",
    end_gain=1.0,
    generation=dict(repetition_penalty=1.3),
    talker=dict(
        hidden_size=40, intermediate_size=72, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=1,
        head_dim=16, text_hidden_size=28, rms_norm_eps=1e-5, rope_theta=50000,
        rope_scaling=dict(interleaved=False, mrope_section=[4, 2, 2], rope_type="default", type="default"),
    ),
    predictor=dict(
        hidden_size=20, intermediate_size=36, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
        head_dim=6, rms_norm_eps=1e-4, rope_theta=10000,
    ),
    decoder=dict(
        codebook_dim=12, latent_dim=18, hidden_size=14, intermediate_size=30, num_hidden_layers=3,
        num_attention_heads=2, num_key_value_heads=2, head_dim=8, sliding_window=20, decoder_dim=24, rope_theta=5000,
        rms_norm_eps=1e-4, upsample_rates=[6, 5, 2], upsampling_ratios=[2],
    ),
    encoder=dict(
        num_filters=2, upsampling_ratios=[5, 4, 3], hidden_size=12, intermediate_size=20, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=2, head_dim=6, sliding_window=8, num_quantizers=7, codebook_dim=6,
    ),
)  # fmt: skip

# Float32, a tokenizer.json instead of vocab.json and merges.txt, a small frame (for long clips), another output rate.
VOICE_DESIGN = Checkpoint(
    name="voice-design",
    seed=13,
    model_size="1b7",
    model_type="voice_design",
    codes=128,
    groups=4,
    merges=260,
    rotation=11,
    first_id=150,
    dtype="float32",
    tokenizer_json=True,
    codec=dict(output_sample_rate=16000),
    talker=dict(
        hidden_size=24, intermediate_size=36, num_hidden_layers=4, num_attention_heads=2, num_key_value_heads=2,
        head_dim=20, text_hidden_size=20, rms_norm_eps=1e-6, rope_theta=1000000,
        rope_scaling=dict(interleaved=True, mrope_section=[4, 3, 3], rope_type="default", type="default"),
    ),
    predictor=dict(
        hidden_size=16, intermediate_size=28, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1,
        head_dim=10, rms_norm_eps=1e-6, rope_theta=500000,
    ),
    decoder=dict(
        codebook_dim=20, latent_dim=12, hidden_size=20, intermediate_size=16, num_hidden_layers=1,
        num_attention_heads=4, num_key_value_heads=2, head_dim=4, sliding_window=40, decoder_dim=20,
        upsample_rates=[4, 3], upsampling_ratios=[3, 2],
    ),
    encoder=dict(
        num_filters=2, upsampling_ratios=[4, 3, 3], hidden_size=8, intermediate_size=12, num_hidden_layers=1,
        num_attention_heads=1, num_key_value_heads=1, head_dim=8, sliding_window=8, num_quantizers=5, codebook_dim=10,
    ),
)  # fmt: skip

# In two shards with an index, published frame size, speaker encoder of the published form.
BASE_0B6 = Checkpoint(
    name="base-0b6",
    seed=4,
    codebook_seed=45,
    model_size="0b6",
    model_type="base",
    codes=64,
    groups=8,
    merges=215,
    rotation=20,
    first_id=64,
    shards=2,
    speaker_encoder=dict(
        enc_channels=[16, 16, 16, 16, 48], enc_res2net_scale=4, enc_se_channels=10, enc_attention_channels=12,
    ),
    talker=dict(
        hidden_size=36, intermediate_size=60, num_hidden_layers=2, num_attention_heads=6, num_key_value_heads=2,
        head_dim=8, text_hidden_size=30, rms_norm_eps=1e-6, rope_theta=1000000,
        rope_scaling=dict(interleaved=True, mrope_section=[2, 1, 1], rope_type="default", type="default"),
    ),
    predictor=dict(
        hidden_size=36, intermediate_size=44, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2,
        head_dim=14, rms_norm_eps=1e-6, rope_theta=1000000,
    ),
    decoder=dict(
        codebook_dim=16, latent_dim=14, hidden_size=12, intermediate_size=20, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=2, head_dim=10, sliding_window=7, decoder_dim=32,
        upsample_rates=[8, 5, 4, 3], upsampling_ratios=[2, 2],
    ),
    encoder=dict(
        num_filters=2, upsampling_ratios=[8, 6, 5, 4], hidden_size=18, intermediate_size=28, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=2, head_dim=10, sliding_window=8, num_quantizers=10, codebook_dim=8,
    ),
)  # fmt: skip

# Two semantic levels and dilated residuals in the encoder, a speaker encoder with one block fewer, 240 samples a frame.
BASE_1B7 = Checkpoint(
    name="base-1b7",
    seed=35,
    codebook_seed=51,
    model_size="1b7",
    model_type="base",
    codes=32,
    groups=5,
    merges=245,
    rotation=28,
    first_id=33,
    speaker_encoder=dict(
        enc_channels=[18, 18, 18, 36], enc_kernel_sizes=[3, 3, 5, 1], enc_dilations=[1, 3, 2, 1],
        enc_res2net_scale=3, enc_se_channels=7, enc_attention_channels=9,
    ),
    talker=dict(
        hidden_size=44, intermediate_size=52, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=4,
        head_dim=10, text_hidden_size=36, rms_norm_eps=1e-6, rope_theta=200000,
        rope_scaling=dict(interleaved=True, mrope_section=[3, 1, 1], rope_type="default", type="default"),
    ),
    predictor=dict(
        hidden_size=28, intermediate_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=1,
        head_dim=12, rms_norm_eps=1e-6, rope_theta=1000000,
    ),
    decoder=dict(
        codebook_dim=10, latent_dim=16, hidden_size=18, intermediate_size=22, num_hidden_layers=2,
        num_attention_heads=3, num_key_value_heads=1, head_dim=8, sliding_window=10, decoder_dim=24,
        upsample_rates=[5, 4, 3], upsampling_ratios=[2, 2],
    ),
    encoder=dict(
        num_filters=2, upsampling_ratios=[6, 5, 4], hidden_size=16, intermediate_size=18, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, head_dim=6, sliding_window=8, num_quantizers=6, codebook_dim=5,
        num_semantic_quantizers=2, num_residual_layers=2, kernel_size=5, residual_kernel_size=5, dilation_growth_rate=3,
    ),
)  # fmt: skip

ALL = [CUSTOM_VOICE_0B6, CUSTOM_VOICE_1B7, VOICE_DESIGN, BASE_0B6, BASE_1B7]
