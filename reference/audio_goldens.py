"""What the official package's own audio libraries make of small signals: `python audio_goldens.py`.

soundfile and librosa read WAV files, librosa resamples (soxr's HQ), the official front end makes mels. Formats:
engine/test/goldens/README.md. Needs no checkpoint.
"""

import base64
import io
import json

import librosa
import numpy as np
import official  # noqa: F401, lets the package be imported
import soundfile
import torch
from qwen_tts.core.models.modeling_qwen3_tts import mel_spectrogram

from make_goldens import FIXTURES, GOLDENS, write_tensor

TARGET = 24000
RATES = [8000, 11025, 12000, 16000, 22050, 32000, 37991, 44100, 48000, 88200, 96000, 176400, 192000, 384000]
SECONDS = 0.05
STRIDE = 3

WAV_SUBTYPES = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"]
WAV_CONTAINERS = {"WAV": [1, 2], "WAVEX": [2, 6], "RF64": [2]}
WAV_RATE, WAV_FRAMES = 22050, 37


def main():
    write_json("audio-wav", dict(kind="wav", cases=[wav_case(*which) for which in wav_files()]))
    write_json("audio-resample", dict(kind="resample", to=TARGET, stride=STRIDE, cases=[resample_case(rate) for rate in RATES]))
    write_mel("short-24k")


def wav_files():
    for container, channel_counts in WAV_CONTAINERS.items():
        for subtype in WAV_SUBTYPES:
            if soundfile.check_format(container, subtype):
                yield from ((container, subtype, channels) for channels in channel_counts)


def wav_case(container, subtype, channels):
    """Noise, behind the two ends of the scale."""
    sound = np.random.RandomState(7).uniform(-1, 1, (WAV_FRAMES, channels))
    sound[:2] = [[-1], [1]]
    file = io.BytesIO()
    soundfile.write(file, sound, WAV_RATE, subtype=subtype, format=container)
    clear_time(file.getbuffer())
    file.seek(0)
    samples, sample_rate = librosa.load(file, sr=None, mono=True)
    name = f"{container} {subtype}, {channels} channels"
    return dict(name=name, file=base64_of(file.getvalue()), sampleRate=sample_rate, samples=base64_of(samples.astype("<f4").tobytes()))


def clear_time(file):
    """libsndfile writes the time of day into the PEAK chunk of float files, behind tag, size and version."""
    peak = bytes(file[:128]).find(b"PEAK")
    if peak >= 0:
        file[peak + 12 : peak + 16] = bytes(4)


def resample_case(rate):
    resampled = librosa.resample(noise(round(rate * SECONDS)), orig_sr=rate, target_sr=TARGET)
    kept = base64_of(resampled[::STRIDE].astype("<f4").tobytes())
    return {"from": rate, "samples": round(rate * SECONDS), "length": len(resampled), "resampled": kept}


def noise(samples):
    """White, of whole numbers: the same in any language."""
    state, values = 1, []
    for _ in range(samples):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append(state / 2**32 - 0.5)
    return np.array(values, dtype=np.float32)


def write_mel(clip):
    audio, sample_rate = soundfile.read(FIXTURES / f"audio/{clip}.wav", dtype="float32")
    mel = mel_spectrogram(
        torch.from_numpy(audio)[None], n_fft=1024, num_mels=128, sampling_rate=sample_rate, hop_size=256, win_size=1024, fmin=0, fmax=12000
    )[0].numpy()
    write_json("audio-mel", dict(kind="mel", audio=f"audio/{clip}.wav", bands=write_tensor("audio-mel", mel)))


def base64_of(data):
    return base64.b64encode(data).decode("ascii")


def write_json(stem, golden):
    (GOLDENS / f"{stem}.json").write_text(json.dumps(golden, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
