"""What the official package is asked: for each checkpoint, requests as our command line would take them.

`texts` are candidates, the first that serves is used. A field that is absent is an option not given. `accept` says what
else a result must show.
"""

from itertools import product

ENGLISH = [
    f"{who} {what}"
    for what, who in product(
        ["in the harbour.", "is singing, and it's late.", "walks slowly;\nthe sea is calm."],
        ["The user", "Somebody", "A quiet morning", "An assistant", "The last boat", "One of 42 songs", "Who"],
    )
]
SHORT = ["Hi.", "Yes.", "No!", "So?", "Oh.", "Go on.", "The sea."]
CHINESE = [first + second for first, second in product(["今天", "早上", "有人", "海边"], ["很安静。", "在唱歌，回来了。", "天气很好？"])]
GERMAN = [f"{who} {what}" for who, what in product(["Am Hafen", "Heute Morgen", "Für alle"], ["ist es still.", "singt jemand; schön."])]
MIXED = [f"My iPhone {what} the getUserById call." for what in ["plays", "reads", "said", "waits for", "is in", "is"]]
EMOJI = [f"{text} 🎣 – naïve café №5 ½" for text in ["Ça va", "Así", "Ahí está", "Ещё", "ひとつ", "하나"]]

SLOW, BRIGHT = "Speak slowly, with a warm and low voice.", "明るい声で、ゆっくり話してください。"
TRANSCRIPT = "The boats are back, and the nets are dry."


def speech(texts, max_frames, **request):
    return dict(texts=texts, request=request | dict(maxFrames=max_frames))


CUSTOM_VOICE_0B6 = {
    "whole": speech(ENGLISH, 8, speaker="serena", language="english") | dict(prompt=True),
    "incremental": speech(ENGLISH, 8, speaker="serena", language="english", textLayout="incremental"),
    "auto": speech(ENGLISH, 8, speaker="Serena") | dict(stride=7),
    "dialect-auto": speech(CHINESE, 8, speaker="eric") | dict(stride=7),
    "dialect-chinese": speech(CHINESE, 8, speaker="Dylan", language="Chinese") | dict(stride=7),
    "dialect-other-language": speech(ENGLISH, 8, speaker="eric", language="English") | dict(stride=7),
    "plain-speaker-chinese": speech(CHINESE, 6, speaker="serena", language="Chinese") | dict(stride=7),
    "instruct-ignored": speech(GERMAN, 6, speaker="serena", language="german", instruct=SLOW) | dict(stride=7),
    "mixed-case-qwen": speech(MIXED, 6, speaker="serena", pretokenizer="qwen") | dict(stride=7),
    "mixed-case-mistral": speech(MIXED, 6, speaker="serena", pretokenizer="mistral") | dict(stride=7),
}

CUSTOM_VOICE_1B7 = {
    "end": speech(ENGLISH, 60, speaker="vivian", language="english")
    | dict(prompt=True, accept=lambda result: result.finish_reason == "stop" and len(result.codes) > 8),
    "incremental": speech(ENGLISH, 20, speaker="vivian", textLayout="incremental"),
    "instruct": speech(GERMAN, 16, speaker="vivian", language="german", instruct=SLOW),
    "instruct-incremental": speech(ENGLISH, 16, speaker="eric", instruct=BRIGHT, textLayout="incremental"),
    "dialect-auto": speech(CHINESE, 16, speaker="eric"),
    "unusual-characters": speech(EMOJI, 16, speaker="vivian"),
    "no-speaker": speech(ENGLISH, 12, speaker="", language="english"),
    "one-frame": speech(ENGLISH, 1, speaker="vivian"),
    "minimum-two-frames": speech(ENGLISH + GERMAN, 30, speaker="vivian") | dict(accept=lambda result: result.minimum_held),
    "penalty": speech(ENGLISH, 24, speaker="vivian", language="english", textLayout="incremental") | dict(penaltyDecides=True),
    "penalty-off": speech(ENGLISH, 24, speaker="vivian", language="english", repetitionPenalty=1.0),
}

VOICE_DESIGN = {
    "whole": speech(ENGLISH, 20, instruct=SLOW),
    "incremental": speech(ENGLISH, 20, instruct=SLOW, textLayout="incremental"),
    "language": speech(CHINESE, 20, instruct=BRIGHT, language="chinese"),
    "no-description": speech(ENGLISH, 20, instruct="", language="english"),
    "mixed-case-qwen": speech(MIXED, 12, instruct="Like the XMLHttpRequest song.", pretokenizer="qwen"),
    "mixed-case-mistral": speech(MIXED, 12, instruct="Like the XMLHttpRequest song.", pretokenizer="mistral"),
    "long": speech(ENGLISH, 330, instruct=SLOW) | dict(stride=7, narrowest=1e-3),
}


def clone(texts, max_frames, clip="short-24k", transcript=TRANSCRIPT, **request):
    reference = dict(refAudio=f"audio/{clip}.wav", refText=transcript) if transcript else dict(refAudio=f"audio/{clip}.wav")
    return speech(texts, max_frames, **reference, **request)


TEXT_LONGER = dict(accept=lambda result: result.rows[0] > result.rows[1])
CODES_LONGER = dict(accept=lambda result: result.rows[0] < result.rows[1])

BASE_0B6 = {
    "icl-text-longer": clone(ENGLISH, 10, "long-24k") | TEXT_LONGER | dict(stride=3),
    "icl-codes-longer": clone(SHORT, 8, "long-24k", "Oh.") | CODES_LONGER | dict(stride=3),
    "icl-whole": clone(ENGLISH, 8, "long-24k", language="english", textLayout="whole") | dict(stride=7),
    "x-vector": clone(ENGLISH, 8, "short-24k", None, xVectorOnly=True) | dict(stride=7),
    "x-vector-whole": clone(GERMAN, 8, "long-24k", None, xVectorOnly=True, language="german", textLayout="whole") | dict(stride=7),
    "x-vector-stereo-44k": clone(ENGLISH, 8, "stereo-44k", None, xVectorOnly=True) | dict(stride=7, resampled=True),
}

BASE_1B7 = {
    "icl-text-longer": clone(ENGLISH, 16) | TEXT_LONGER | dict(prompt=True),
    "icl-codes-longer": clone(SHORT, 16, "long-24k", "Yes.") | CODES_LONGER,
    "icl-whole": clone(CHINESE, 16, language="chinese", textLayout="whole"),
    "icl-mixed-case-mistral": clone(MIXED, 16, transcript="An iPhone, in a bar.", pretokenizer="mistral"),
    "icl-past-300-frames": clone(ENGLISH, 170, "long-24k") | dict(stride=11, narrowest=1e-3),
    "icl-stereo-44k": clone(ENGLISH, 16, "stereo-44k") | dict(resampled=True),
    "x-vector": clone(ENGLISH, 16, "short-24k", None, xVectorOnly=True),
    "x-vector-whole": clone(GERMAN, 16, "long-24k", None, xVectorOnly=True, language="german", textLayout="whole"),
}

SPEECH = {
    "custom-voice-0b6": CUSTOM_VOICE_0B6,
    "custom-voice-1b7": CUSTOM_VOICE_1B7,
    "voice-design": VOICE_DESIGN,
    "base-0b6": BASE_0B6,
    "base-1b7": BASE_1B7,
}

# Codes drawn at random, decoded whole: the checkpoint, frames, stride of the stored wave.
DECODES = [
    ("custom-voice-0b6", 40, 11), ("custom-voice-0b6", 350, 97), ("custom-voice-1b7", 40, 1), ("custom-voice-1b7", 350, 7),
    ("voice-design", 40, 1), ("voice-design", 350, 7), ("base-1b7", 40, 3), ("base-1b7", 350, 17),
]  # fmt: skip

# Clips for the two encoders; the last field repeats the clip end to end.
ENCODES = [
    (checkpoint, clip, repeat)
    for checkpoint in ("base-0b6", "base-1b7")
    for clip, repeat in (("short-24k", 1), ("long-24k", 1), ("stereo-44k", 1), ("long-24k", 8))
    if not (checkpoint == "base-1b7" and repeat > 1)
]
