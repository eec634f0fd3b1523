"""Small reference clips, made of harmonics and noise: `python reference_audio.py FOLDER`. No recording of anyone.

Lengths are no multiple of any frame. One is 44.1 kHz stereo, its channels different, to be mixed and resampled.
"""

import sys
from pathlib import Path

import numpy as np
import soundfile

CLIPS = {"short-24k": (24000, 1, 7459), "long-24k": (24000, 1, 32987), "stereo-44k": (44100, 2, 23911)}


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (name, (sample_rate, channels, samples)) in enumerate(CLIPS.items()):
        voices = [voice(np.random.RandomState(10 * seed + channel), sample_rate, samples) for channel in range(channels)]
        soundfile.write(folder / f"{name}.wav", np.stack(voices, axis=1), sample_rate, subtype="PCM_16")


def voice(random, sample_rate, samples):
    """A gliding tone with falling harmonics, syllables of about 0.2 s, and a little breath."""
    time = np.arange(samples) / sample_rate
    pitch = random.uniform(110, 180) * (1 + 0.2 * np.sin(2 * np.pi * 1.7 * time + random.uniform(0, 6)))
    phase = 2 * np.pi * np.cumsum(pitch) / sample_rate
    tone = sum(random.uniform(0.3, 1) / k * np.sin(k * phase + random.uniform(0, 6)) for k in range(1, 25))
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 5 * time + random.uniform(0, 6))
    mixed = tone * syllables + 0.15 * random.standard_normal(samples)
    return 0.5 * mixed / np.abs(mixed).max()


if __name__ == "__main__":
    main()
