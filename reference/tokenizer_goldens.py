"""Token ids of the reference tokenizer, for the tests of engine/src/text.

In: engine/test/fixtures/qwen-vocabulary (the published vocabulary). Out, beside it, goldens.json.gz:
1,000 strings and their ids under both pre-tokenizers, the official wrappers around difficult
texts, cut by the official slices, and small random vocabularies.
Run by hand: python reference/tokenizer_goldens.py   (needs transformers 4.57.3 and tokenizers 0.22.2)
"""

import gzip
import json
import random
import re
import tempfile
import unicodedata
from pathlib import Path

import tokenizers
import transformers
from transformers import Qwen2TokenizerFast

FIXTURE = Path(__file__).parent.parent / "engine/test/fixtures/qwen-vocabulary"
SEED = 20251124
STRINGS = 1000

# The official wrapper always asks for `fix_mistral_regex`. For a local folder transformers obeys
# or not by the version in config.json: that is the only difference between the two patterns.
TRANSFORMERS_VERSIONS = {"qwen": "4.57.2", "mistral": "4.57.3"}

# \s of the reference, measured over all code points: exactly Unicode's White_Space.
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B)))
WHITE_SPACE += "\u2028\u2029\u202f\u205f\u3000"


def byte_alphabet():
    """GPT-2's printable stand-ins for the 256 bytes, in the order of their token ids."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + i) for i in range(len(others))]


def load_published(pretokenizer):
    merges = gzip.decompress((FIXTURE / "merges.txt.gz").read_bytes()).decode()
    tokens = byte_alphabet() + [line.replace(" ", "") for line in merges.splitlines()]
    files = {
        "merges.txt": merges,
        "vocab.json": dump({token: index for index, token in enumerate(tokens)}),
        "tokenizer_config.json": (FIXTURE / "tokenizer_config.json").read_text(),
    }
    return load(files, pretokenizer)


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def load(files, pretokenizer):
    with tempfile.TemporaryDirectory() as folder:
        return load_folder(Path(folder), files, pretokenizer)


def load_folder(folder, files, pretokenizer):
    config = {
        "model_type": "qwen3_tts",
        "transformers_version": TRANSFORMERS_VERSIONS[pretokenizer],
    }
    for name, content in {**files, "config.json": dump(config)}.items():
        (folder / name).write_text(content, encoding="utf-8")
    tokenizer = Qwen2TokenizerFast.from_pretrained(folder, fix_mistral_regex=True)
    pattern = json.loads(tokenizer.backend_tokenizer.to_str())["pre_tokenizer"]
    is_mistral = r"\p{Lt}" in pattern["pretokenizers"][0]["pattern"]["Regex"]
    assert is_mistral == (pretokenizer == "mistral"), "transformers chose the other pattern"
    return tokenizer


def without_added_tokens(tokenizer):
    """The same tokenizer, but `<|im_end|>` and its like are ordinary text, as in our engine."""
    state = json.loads(tokenizer.backend_tokenizer.to_str())
    names = [token["content"] for token in state["added_tokens"]]
    state["added_tokens"] = []
    return tokenizers.Tokenizer.from_str(json.dumps(state)), names


def well_formed(text):
    """What the engine makes of a JavaScript string: each lone surrogate becomes U+FFFD."""
    paired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return re.sub("[\ud800-\udfff]", "\ufffd", paired)


# --- which characters may be drawn -------------------------------------------------------------


def usable_characters():
    """Code points on which the reference and every Node from 20 on agree.

    The reference's own tables are of two ages: its regular expressions know Unicode 16, its NFC
    Unicode 9. So a character is left out if Python's Unicode 14 does not assign it (a
    newer Node may call it a letter that the reference does not know), if the reference's NFC
    does not know it, or if it changed its category since (only U+0295).
    """
    nfc = tokenizers.normalizers.NFC().normalize_str
    usable = []
    for code in range(0x110000):
        char = chr(code)
        if unicodedata.category(char) in ("Cn", "Cs") or code == 0x295:
            continue
        decomposed = unicodedata.normalize("NFD", char)
        if nfc(decomposed) != unicodedata.normalize("NFC", char):
            continue
        if unicodedata.combining(char) and not is_reordered(nfc, char):
            continue
        usable.append(char)
    unknown = {chr(0x11930), chr(0x11935)}  # parts of U+11938, whose composition NFC lacks
    return [char for char in usable if char not in unknown]


def is_reordered(nfc, mark):
    """Whether NFC sorts the mark: before one of the highest class, or after one of the lowest."""
    high, low = "\u0345", "\u0334"  # classes 240 and 1
    lowest = unicodedata.combining(mark) == unicodedata.combining(low)
    pair = high + mark if lowest else mark + low
    return unicodedata.combining(mark) == 240 or nfc("\u4e00" + pair) != "\u4e00" + pair


# --- strings -----------------------------------------------------------------------------------

SENTENCES = [
    "今天天气很好，我们去公园散步吧。他说：“可以！”",
    "The quick brown fox doesn't jump; it's 12:45 o'clock, and they've gone — we'll see…",
    "吾輩は猫である。名前はまだ無い。ガギグゲゴ パピプペポ、ｶﾞｷﾞ！",
    "오늘은 날씨가 정말 좋네요. 우리 같이 산책하러 갈까요?",
    "Über den Wäldern weht ein kühler Wind; größere Straßen heißen „Allee“.",
    "L'été dernier, où étiez-vous ? Ça m'a coûté 1 234,56 € — très cher !",
    "Съешь же ещё этих мягких французских булок, да выпей чаю. Ёжик!",
    "Não é à toa que a canção «Coração» fala de saudade às três da manhã.",
    "¿Dónde está el niño? ¡Mañana será otro día, señor Muñoz!",
    "Perché no? L'università è lì, c'è già più gente di così.",
]
IDENTIFIERS = "iPhone XMLHttpRequest getUserByIdOrThrow camelCase HTML5 eBay McDonald NASA's ǅungla ǈ".split()
CONTRACTIONS = "'s 'S 't 'T 're 'RE 'Re 've 'vE 'm 'M 'll 'LL 'lL 'd 'D 'ſ 'ſx 'x ' '' ’s 'sh 'test".split()
PUNCTUATION = list("/\\.,;:!?…—–-_()[]{}<>@#$%^&*+=|~`\"'“”‘’«»„。，！？、；：（）《》「」·•†¶§©®™€£¥")
NEWLINES = ["\n", "\r", "\r\n", "\n\n", " \n", "\n ", "\t\n", "/\n", ".\n\n", "\x85\n", "\u2028", "!/\r\n/"]
EMOJI = ["😀", "👩‍👩‍👧‍👦", "👍🏽", "🏳️‍🌈", "🇩🇪", "1️⃣", "❤️", "🧑🏿‍🚀", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "✈︎", "\u200d", "\ufe0f"]
MARKS = ["\u0301", "\u0323", "\u0327", "\u0308", "\u0345", "\u3099", "\u309a", "\u05b4", "\u064e", "\u0651", "\u093c", "\u0e48", "\u20d0", "\u0334"]
BASES = list("aeiouAEOUcnsyzÅøα한かハقनกשЖ") + ["ㅎ", "\u1100", "\u1161", "\u11a8", "\uac00", "\u212b", "\u2126", "ﬁ", "Ⅳ", "²", "½", "豈", "\U0002f800"]
CONTROL = ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "<tts_pad>", "<tts_text_bos>", "<|audio_pad|>", "<think>", "<|im_end|", "<|IM_END|>"]
SURROGATES = ["\ud800", "\udbff", "\udc00", "\udfff", "\ud83d", "\ude00\ud83d"]
SCRIPTS = [  # first, last: scripts without spaces, with marks, with case, right to left
    (0x0E01, 0x0E5B), (0x0900, 0x097F), (0x0600, 0x06FF), (0x0590, 0x05F4), (0x0400, 0x052F),
    (0x0370, 0x03FF), (0x1E00, 0x1FFE), (0x3041, 0x30FF), (0x1100, 0x11FF), (0xAC00, 0xD7A3),
    (0x1780, 0x17F9), (0x0F00, 0x0FDA), (0x1000, 0x109F), (0xFF00, 0xFFEF), (0x10400, 0x1044F),
]  # fmt: skip


class Writer:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.usable = usable_characters()
        self.by_script = [[c for c in self.usable if a <= ord(c) <= b] for a, b in SCRIPTS]

    def some(self, pool, most, joint=""):
        return joint.join(self.random.choice(pool) for _ in range(self.random.randint(1, most)))

    def phrase(self):
        sentence = self.random.choice(SENTENCES)
        start = self.random.randrange(len(sentence))
        cut = sentence[start : start + self.random.randint(1, 40)]
        form = self.random.choice(["NFC", "NFC", "NFD", "NFKD"])
        case = self.random.choice([str, str, str.upper, str.lower, str.swapcase, str.title])
        return case(unicodedata.normalize(form, cut))

    def letters(self):
        word = self.some("abcdefghijklmnopqrstuvwxyzäöüßéèñçøåœабвгдеёαβγδ", 9)
        return "".join(self.random.choice([c.upper(), c]) for c in word)

    def piece(self):
        kinds = [
            self.phrase,
            self.phrase,
            self.letters,
            lambda: self.some(IDENTIFIERS, 2, " "),
            lambda: self.letters() + self.random.choice(CONTRACTIONS),
            lambda: self.some(list(WHITE_SPACE) + NEWLINES + ["\ufeff", "\u200b", "\u180e"], 5),
            lambda: self.some(PUNCTUATION, 4) + self.random.choice(NEWLINES + [""] * 6),
            lambda: str(self.random.randrange(10 ** self.random.randint(1, 9))),
            lambda: self.some(EMOJI, 3),
            lambda: self.some(BASES, 2) + self.some(MARKS, 4),
            lambda: self.some(self.random.choice(self.by_script), 12),
            lambda: self.some(self.usable, 6),
            lambda: self.random.choice(CONTROL),
            lambda: self.random.choice(SURROGATES),
        ]
        weights = [3, 3, 2, 1, 2, 3, 2, 1, 1, 2, 2, 2, 0.3, 0.3]
        return self.random.choices(kinds, weights)[0]()

    def text(self):
        joint = self.random.choice(["", "", " ", "  "])
        return joint.join(self.piece() for _ in range(self.random.randint(1, 6)))


def tokenizer_goldens(tokenizers_by_name):
    writer = Writer(SEED)
    strings = ["", *dict.fromkeys(writer.text() for _ in range(2 * STRINGS))][:STRINGS]
    goldens = {"strings": strings}
    for name, tokenizer in tokenizers_by_name.items():
        plain, added = without_added_tokens(tokenizer)
        goldens[name] = [plain.encode(well_formed(text)).ids for text in strings]
        for text, ids in zip(map(well_formed, strings), goldens[name]):
            if not any(token in text for token in added):
                assert tokenizer(text).input_ids == ids, text
    return goldens


# --- prompts -----------------------------------------------------------------------------------

PROMPT_TEXTS = [
    *SENTENCES,
    "a", ".", "1", "é", "e\u0301", "\u0301", "\u0301a", "\u3099", "中", "가", "\u1100\u1161", "😀", "👩‍👩‍👧‍👦", "\ufeff", "\ufeffHello", "\u200bHi", "\u200d",
    "s", "'s", "'ll be there", "/", "/path/to", "...", "…", "!", "?!", "\"Quote\"", "(a)", "assistant", "user", "\\n", "Hi!\n\nHow are you?\n- fine", "a\r\nb", "a \n b", "a\x85b",
    "  leading", "trailing  ", "\nleading newline", "trailing newline\n", "\r\n\t both \u3000\n\n", "end.\n", "end/\n", "\x85\nnext line", "\u2028line", "\xa0nbsp\xa0", "\u2003em\n",
    "iPhone and XMLHttpRequest", "ภาษาไทยไม่มีช่องว่าง", "מה שלומך?", "हिन्दी", "<b>bold</b>", "im_end|>", "|im_start",
]  # fmt: skip


def official_prompt(tokenizer, raw):
    text = raw.strip(WHITE_SPACE)
    spoken = tokenizer(f"<|im_start|>assistant\n{text}<|im_end|>\n<|im_start|>assistant\n").input_ids
    reference = tokenizer(f"<|im_start|>assistant\n{text}<|im_end|>\n").input_ids
    instruct = tokenizer(f"<|im_start|>user\n{text}<|im_end|>\n").input_ids
    return {
        "role": spoken[:3],
        "text": spoken[3:-5],
        "instruct": instruct,
        "reference": reference[3:-2],
    }


def prompt_goldens(tokenizers_by_name):
    return [
        {"source": text, **{name: official_prompt(tokenizer, text) for name, tokenizer in tokenizers_by_name.items()}}
        for text in PROMPT_TEXTS
    ]


# --- small vocabularies ------------------------------------------------------------------------


def small_vocabularies(count):
    """Merges in a random order, no token "assistant", bytes that no token stands for, and added
    tokens under numbers that are not theirs: what a trained vocabulary does not show."""
    draw = random.Random(SEED)
    return [small_vocabulary(draw) for _ in range(count)]


def small_vocabulary(draw):
    letters = list("abc") + draw.sample(list("asitnuerĊĠ"), 8)
    tokens = list(dict.fromkeys(letters))
    merges = []
    for _ in range(draw.randint(5, 60)):
        left, right = draw.choice(tokens), draw.choice(tokens)
        if len(left + right) <= 6 and f"{left} {right}" not in merges:
            merges.append(f"{left} {right}")
            tokens = list(dict.fromkeys([*tokens, left + right]))
    draw.shuffle(merges)
    draw.shuffle(tokens)
    names = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    declared = {str(1000 + 7 * i): added_token(name) for i, name in enumerate(names)}
    files = {
        "vocab.json": dump({token: index for index, token in enumerate(tokens)}),
        "merges.txt": "#version: 0.2\n" + "".join(f"{merge}\n" for merge in merges),
        "tokenizer_config.json": dump(
            {"tokenizer_class": "Qwen2Tokenizer", "added_tokens_decoder": declared}
        ),
    }
    tokenizer = load(files, "qwen")
    texts = ["".join(draw.choices("abcabcabcassistantuser \n", k=draw.randint(1, 40))) for _ in range(20)]
    prompts = [{"source": text, **official_prompt(tokenizer, text)} for text in texts if text.strip()]
    return {"files": files, "prompts": prompts}


def added_token(content):
    flags = dict.fromkeys(["lstrip", "normalized", "rstrip", "single_word"], False)
    return {"content": content, **flags, "special": True}


def main():
    assert transformers.__version__ == "4.57.3", transformers.__version__
    assert tokenizers.__version__ == "0.22.2", tokenizers.__version__
    loaded = {name: load_published(name) for name in TRANSFORMERS_VERSIONS}
    goldens = {
        **tokenizer_goldens(loaded),
        "prompts": prompt_goldens(loaded),
        "small": small_vocabularies(20),
    }
    content = json.dumps(goldens, separators=(",", ":")).encode()
    (FIXTURE / "goldens.json.gz").write_bytes(gzip.compress(content, 9, mtime=0))


if __name__ == "__main__":
    main()
