"""One clip by the official qwen-tts package on the processor. In: folder, torch type, threads, frames and text as arguments.
Out: a line of JSON. Loading is not counted, nor is a first short clip. The package is loaded as in reference/, which has a
stand-in for torchaudio. Knows nothing of our own engine.
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "reference"))

import official  # noqa: E402, F401
import torch  # noqa: E402
from qwen_tts import Qwen3TTSModel  # noqa: E402


def speak(wrapper, text, frames):
    """Wall seconds for a second of audio, and frames. The last token that it counts never becomes a frame."""
    start = time.perf_counter()
    waves, sample_rate = wrapper.generate_custom_voice(text, "ryan", "English", max_new_tokens=frames + 1)
    seconds = time.perf_counter() - start
    samples = waves[0].shape[0]
    frame_samples = wrapper.model.speech_tokenizer.get_decode_upsample_rate()
    return seconds * sample_rate / samples, round(samples / frame_samples)


folder, type_name, threads, frames, text = sys.argv[1:]
torch.set_num_threads(int(threads))
torch.manual_seed(1)
wrapper = Qwen3TTSModel.from_pretrained(folder, dtype=getattr(torch, type_name))
speak(wrapper, text, 2)
factor, made = speak(wrapper, text, int(frames))
print(json.dumps({"frames": made, "real_time_factor": round(factor, 3)}))
