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
        head_dim=8, rms_norm_eps=1e-6, rope_theta=1000000,
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

ALL = [CUSTOM_VOICE_0B6]
