"""A small byte-level BPE: sentences in, vocab.json + merges.txt (or one tokenizer.json) + tokenizer_config.json out.

The tokens stand in the published order (256 bytes, merges, then the added tokens), but at other ids. "assistant" and
"user" are one token each, as the prompt's fixed slices need. This file knows nothing of models.
"""

import json

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

QWEN_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

# Our own sentences. The mixed-case words repeat until they are one token each: the two pre-tokenizers then differ.
SENTENCES = [
    "The assistant reads aloud. The user listens to the assistant, and the assistant waits for the user.",
    "A quiet morning in the harbour: the boats are in, the nets are dry, and somebody is singing.",
    "My iPhone plays the song; the iPhone and the XMLHttpRequest are in getUserById, not in the kitchen.",
    "An iPhone, an eBook, a getUserById call and one XMLHttpRequest walk into a bar. McDonald wasn't there.",
    "Speak slowly, with a warm and low voice. Speak brightly, as if you're smiling. It's what we'll do; they've said so.",
    "今天早上海边很安静,渔船都回来了。我们慢慢地走,听见有人在唱歌。今天天气很好。",
    "朝の港は静かです。船はもう帰ってきて、誰かが歌っています。ゆっくり話してください。",
    "오늘 아침 항구는 조용합니다. 배는 모두 돌아왔고 누군가 노래합니다.",
    "Am Hafen ist es heute Morgen still; die Boote sind zurück, und jemand singt für alle.",
    "Ce matin le port est calme : les bateaux sont rentrés et quelqu'un chante à côté.",
    "Esta mañana el puerto está tranquilo; ¿quién canta ahí? Los barcos ya han vuelto.",
    "Сегодня утром в порту тихо, лодки вернулись, и кто-то поёт.",
    "Stamattina il porto è calmo, e qualcuno canta. Esta manhã o porto está calmo, e alguém canta.",
]

PUBLISHED_ADDED_TOKENS = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>", "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>",
    "<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>", "<tool_response>", "</tool_response>", "<think>",
    "</think>", "<|audio_start|>", "<|audio_end|>", "<tts_pad>", "<tts_text_bos>", "<tts_text_eod>",
    "<tts_text_bos_single>", "<|audio_pad|>",
]  # fmt: skip
PLAIN_ADDED_TOKENS = {
    "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>",
    "<|file_sep|>", "<tool_response>", "</tool_response>", "<think>", "</think>",
}  # fmt: skip


def write_tokenizer(folder, merges, rotation, whole_file):
    """Train with `merges` merges and write; the added tokens are rotated so that their ids differ between checkpoints."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN_PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=256 + merges, initial_alphabet=alphabet, show_progress=False)
    prompts = ["assistant\nuser\n"] * 40
    mixed = ["iPhone iPhone XMLHttpRequest getUserById"] * 20
    tokenizer.train_from_iterator(SENTENCES + prompts + mixed, trainer)

    model = json.loads(tokenizer.to_str())["model"]
    vocab = dict(sorted(model["vocab"].items(), key=lambda entry: entry[1]))
    assert "assistant" in vocab and "user" in vocab and "iPhone" in vocab, "too few merges"
    added = PUBLISHED_ADDED_TOKENS[rotation:] + PUBLISHED_ADDED_TOKENS[:rotation]
    ids = {token: len(vocab) + index for index, token in enumerate(added)}

    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer_config(ids), indent=2), encoding="utf-8")
    if whole_file:
        tokenizer.add_tokens([AddedToken(token, special=token not in PLAIN_ADDED_TOKENS, normalized=False) for token in added])
        tokenizer.save(str(folder / "tokenizer.json"))
        return vocab | ids
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2"] + [" ".join(pair) for pair in model["merges"]]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return vocab | ids


def tokenizer_config(ids):
    return {
        "add_bos_token": False,
        "add_prefix_space": False,
        "added_tokens_decoder": {
            str(number): {
                "content": token,
                "lstrip": False,
                "normalized": False,
                "rstrip": False,
                "single_word": False,
                "special": token not in PLAIN_ADDED_TOKENS,
            }
            for token, number in ids.items()
        },
        "additional_special_tokens": ["<|im_start|>", "<|im_end|>", "<|audio_start|>", "<|audio_end|>"],
        "bos_token": None,
        "clean_up_tokenization_spaces": False,
        "eos_token": "<|im_end|>",
        "errors": "replace",
        "model_max_length": 131072,
        "pad_token": "<|endoftext|>",
        "split_special_tokens": False,
        "tokenizer_class": "Qwen2Tokenizer",
        "unk_token": None,
    }
