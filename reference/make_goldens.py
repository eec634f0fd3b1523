"""Run the official package on the tiny checkpoints and write what it says: `python make_goldens.py [CHECKPOINT ...]`.

The cases are in cases.py. A case lists several texts: the first one is taken whose decisions are all wide enough that
the rounding of another implementation cannot turn one. Formats: engine/test/goldens/README.md.
"""

import json
import sys
from pathlib import Path

import numpy as np

import cases
import greedy
import official

ENGINE_TEST = Path(__file__).resolve().parent.parent / "engine/test"
FIXTURES, GOLDENS = ENGINE_TEST / "fixtures", ENGINE_TEST / "goldens"
NARROWEST = 1e-2


def main():
    GOLDENS.mkdir(exist_ok=True)
    for checkpoint, requests in cases.SPEECH.items():
        if sys.argv[1:] and checkpoint not in sys.argv[1:]:
            continue
        for old in GOLDENS.glob(f"{checkpoint}.*"):
            old.unlink()
        wrapper = official.load(FIXTURES / checkpoint)
        for name, case in requests.items():
            write_speech(wrapper, checkpoint, name, case)


def write_speech(wrapper, checkpoint, name, case):
    request, result = widest(wrapper, checkpoint, case)
    stem = f"{checkpoint}.{name}"
    golden = dict(
        kind="speech", checkpoint=checkpoint, request=request, finishReason=result.finish_reason,
        frames=len(result.codes), margin=round(result.margin, 4), minimumHeld=result.minimum_held,
    )  # fmt: skip
    if case.get("penaltyDecides"):
        bare = greedy.speak(wrapper, FIXTURES / checkpoint, located(request | dict(repetitionPenalty=1.0)))
        length = min(len(bare.codes), len(result.codes))
        differing = np.flatnonzero((bare.codes[:length] != result.codes[:length]).any(1))
        assert len(differing), f"{stem}: the repetition penalty decides nothing"
        golden["firstFrameThatPenaltyChanges"] = int(differing[0])
    if result.reference_codes is not None:
        golden["referenceCodes"] = result.reference_codes.tolist()
        golden["officialSamplesBefore"] = result.early
    golden["wave"] = write_wave(stem, result.wave, result.sample_rate, case.get("stride", 1))
    if case.get("prompt"):
        golden["prompt"] = {key: write_tensor(f"{stem}.{key}", tensor.numpy()) for key, tensor in result.prompt.items()}
    golden["codes"] = result.codes.tolist()
    write_golden(stem, golden)
    print(
        f"{stem}: {golden['frames']} frames, {golden['finishReason']}, margin {result.margin:.4f}, "
        f"rms {result.wave.std():.3f}, peak {np.abs(result.wave).max():.2f}"
        + (", minimum held" if result.minimum_held else "")
    )


def widest(wrapper, checkpoint, case):
    tried = []
    for text in case["texts"]:
        request = dict(text=text) | case["request"]
        result = greedy.speak(wrapper, FIXTURES / checkpoint, located(request))
        if result.margin >= NARROWEST and case.get("accept", lambda _: True)(result):
            assert 0.02 < result.wave.std() and np.abs(result.wave).max() < 1, "draw other codec gains"
            return request, result
        tried.append(f"{result.margin:.4f} ({len(result.codes)} frames, {result.finish_reason})")
    raise SystemExit(f"{checkpoint}: no text of {case['request']} serves: margins {', '.join(tried)}")


def located(request):
    return request | dict(refAudioPath=FIXTURES / request["refAudio"]) if "refAudio" in request else request


def write_wave(stem, wave, sample_rate, stride):
    file = f"{stem}.wave.f32"
    wave[::stride].astype("<f4").tofile(GOLDENS / file)
    return dict(file=file, sampleRate=sample_rate, samples=len(wave), stride=stride)


def write_tensor(stem, tensor):
    tensor.astype("<f4").tofile(GOLDENS / f"{stem}.f32")
    return dict(file=f"{stem}.f32", shape=list(tensor.shape))


def write_golden(stem, golden):
    """JSON with one row of integers a line."""
    text = json.dumps(golden, indent=2, ensure_ascii=False)
    for key in ("codes", "referenceCodes", "ids"):
        if isinstance(golden.get(key), list) and golden[key] and isinstance(golden[key][0], list):
            rows = ",\n".join("    " + json.dumps(row) for row in golden[key])
            text = text.replace(f'"{key}": {json.dumps(golden[key], indent=2)}'.replace("\n", "\n  "), f'"{key}": [\n{rows}\n  ]')
    (GOLDENS / f"{stem}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
