"""What the official package is asked: for each checkpoint, requests as our command line would take them.

`texts` are candidates, the first that serves is used. No field means the official default.
"""

ENGLISH = [
    "The boats are in, and somebody is singing.",
    "A quiet morning in the harbour.",
    "Speak slowly, the nets are dry.",
    "Everybody waits for the user.",
    "It's late; the sea is calm.",
    "We walk and listen.",
    "They said so, didn't they?",
    "One, two, three, 42.",
    "Someone plays a song at night.",
    "The end of the day.",
]
CHINESE = ["今天早上海边很安静。", "渔船都回来了。", "我们慢慢地走。", "听见有人在唱歌。", "今天天气很好。", "有人在海边唱歌。", "早上很安静。", "船都回来了。"]
GERMAN = [
    "Am Hafen ist es still.",
    "Die Boote sind zurück.",
    "Jemand singt für alle.",
    "Heute Morgen ist es still.",
    "Alle sind am Hafen.",
    "Es ist heute still.",
]

SPEECH = {
    "custom-voice-0b6": {
        "whole": dict(texts=ENGLISH, request=dict(speaker="serena", language="english", maxFrames=12), prompt=True),
        "incremental": dict(
            texts=ENGLISH, request=dict(speaker="serena", language="english", textLayout="incremental", maxFrames=12)
        ),
        "auto": dict(texts=ENGLISH, request=dict(speaker="serena", maxFrames=10)),
    }
}
