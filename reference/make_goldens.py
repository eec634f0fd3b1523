"""Run the official package on the tiny checkpoints and write what it says: `python make_goldens.py [CHECKPOINT ...]`.

The cases are in cases.py. A case lists several texts: the first one is taken whose decisions are all wide enough that
the rounding of another implementation cannot turn one. Formats: engine/test/goldens/README.md.
"""

import json
import sys
from pathlib import Path

import numpy as np
import official
import torch

import cases
import greedy

ENGINE_TEST = Path(__file__).resolve().parent.parent / "engine/test"
FIXTURES, GOLDENS = ENGINE_TEST / "fixtures", ENGINE_TEST / "goldens"
NARROWEST = 1e-2


def main():
    GOLDENS.mkdir(exist_ok=True)
    for checkpoint in cases.SPEECH:
        if sys.argv[1:] and checkpoint not in sys.argv[1:]:
            continue
        for old in GOLDENS.glob(f"{checkpoint}.*"):
            old.unlink()
        wrapper = official.load(FIXTURES / checkpoint)
        for name, case in cases.SPEECH[checkpoint].items():
            write_speech(wrapper, checkpoint, name, case)
        for _, frames, stride in (decode for decode in cases.DECODES if decode[0] == checkpoint):
            write_decode(wrapper, checkpoint, frames, stride)
        for _, clip, repeat in (encode for encode in cases.ENCODES if encode[0] == checkpoint):
            write_encode(wrapper, checkpoint, clip, repeat)


def write_speech(wrapper, checkpoint, name, case):
    request, result = widest(wrapper, checkpoint, case)
    stem = f"{checkpoint}.{name}"
    golden = dict(
        kind="speech", checkpoint=checkpoint, request=request, finishReason=result.finish_reason,
        frames=len(result.codes), margin=round(result.margin, 4), minimumHeld=result.minimum_held,
    )  # fmt: skip
    if case.get("penaltyDecides"):
        golden["firstFrameThatPenaltyChanges"] = first_frame_that_penalty_changes(wrapper, checkpoint, request, result)
    if case.get("resampled"):
        golden["resampled"] = True
    if result.reference_codes is not None:
        golden |= dict(
            textRows=result.rows[0], codeRows=result.rows[1], referenceMargin=result.reference_margin,
            officialSamplesBefore=result.early,
        )  # fmt: skip
        golden["referenceCodes"] = result.reference_codes.tolist()
    if result.chunked_difference:
        golden["officialChunkedMaxDifference"] = result.chunked_difference
    golden["wave"] = write_wave(stem, result.wave, result.sample_rate, case.get("stride", 1))
    if case.get("prompt"):
        golden["prompt"] = {key: write_tensor(f"{stem}.{key}", tensor.numpy()) for key, tensor in result.prompt.items()}
    golden["codes"] = result.codes.tolist()
    write_golden(stem, golden)
    print(
        f"{stem}: {golden['frames']} frames, {golden['finishReason']}, margin {result.margin:.4f}, "
        f"rms {result.wave.std():.3f}, peak {np.abs(result.wave).max():.2f}, early {result.early}, "
        f"chunked {result.chunked_difference:.2g}"
        + (", minimum held" if result.minimum_held else ""),
        flush=True,
    )
    if result.finish_reason == "stop" and name == "end":
        write_cut(wrapper, checkpoint, request, len(result.codes))


def widest(wrapper, checkpoint, case):
    tried = []
    for text in case["texts"]:
        request = dict(text=text) | case["request"]
        result = greedy.speak(wrapper, FIXTURES / checkpoint, located(request))
        if result.margin >= case.get("narrowest", NARROWEST) and case.get("accept", lambda _: True)(result):
            short = len(result.codes) < 4  # the very first frames are quiet
            assert short or 0.05 < result.wave.std() < 0.3, "draw other codec gains"
            assert np.abs(result.wave).max() < 1, "draw other codec gains"
            return request, result
        tried.append(f"{result.margin:.4f} ({len(result.codes)} frames, {result.finish_reason})")
    raise SystemExit(f"{checkpoint}: no text of {case['request']} serves: margins {', '.join(tried)}")


def first_frame_that_penalty_changes(wrapper, checkpoint, request, result):
    bare = greedy.speak(wrapper, FIXTURES / checkpoint, located(request | dict(repetitionPenalty=1.0)))
    length = min(len(bare.codes), len(result.codes))
    differing = np.flatnonzero((bare.codes[:length] != result.codes[:length]).any(1))
    assert len(differing), f"{checkpoint}: the repetition penalty decides nothing"
    return int(differing[0])


def write_cut(wrapper, checkpoint, request, frames):
    """The same request, cut exactly where end-of-speech would come next: the finish reason is still `length`."""
    case = dict(texts=[request["text"]], request={key: request[key] for key in request if key != "text"} | dict(maxFrames=frames))
    write_speech(wrapper, checkpoint, "cut-before-end", case)


def write_decode(wrapper, checkpoint, frames, stride):
    model = wrapper.model.speech_tokenizer.model
    groups, size = model.decoder.config.num_quantizers, model.decoder.config.codebook_size
    codes = np.random.RandomState(frames).randint(0, size, (frames, groups))
    inputs = torch.from_numpy(codes.T[None])
    with torch.inference_mode():
        wave = model.decoder(inputs)[0, 0].numpy()
        chunked = model.decoder.chunked_decode(inputs)[0, 0].numpy()
    stem = f"{checkpoint}.decode-{frames}"
    golden = dict(kind="codec-decode", checkpoint=checkpoint, frames=frames)
    golden["officialChunkedMaxDifference"] = float(np.abs(wave - chunked).max())
    golden["wave"] = write_wave(stem, wave, model.get_output_sample_rate(), stride)
    golden["codes"] = codes.tolist()
    write_golden(stem, golden)
    print(f"{stem}: rms {wave.std():.3f}, peak {np.abs(wave).max():.2f}, chunked {golden['officialChunkedMaxDifference']:.2g}")


def write_encode(wrapper, checkpoint, clip, repeat):
    """What both encoders make of a clip, and of a clip at another rate the 24 kHz samples that they are given."""
    audio, sample_rate = wrapper._load_audio_to_np(str(FIXTURES / f"audio/{clip}.wav"))
    audio = np.tile(audio, repeat)
    with greedy.measure_codebooks() as margins:
        codes = wrapper.model.speech_tokenizer.encode(audio, sr=sample_rate).audio_codes[0].numpy()
    mono = wrapper.model.speech_tokenizer._normalize_audio_inputs([audio], sr=sample_rate)[0]
    embedding = wrapper.model.extract_speaker_embedding(mono, 24000).numpy()
    stem = f"{checkpoint}.encode-{clip}" + (f"-x{repeat}" if repeat > 1 else "")
    golden = dict(
        kind="encode", checkpoint=checkpoint, audio=f"audio/{clip}.wav", repeat=repeat, sampleRate=sample_rate,
        samples=len(mono), margin=min(margins[: codes.shape[1]]), speakerEmbedding=write_tensor(f"{stem}.speakerEmbedding", embedding),
    )  # fmt: skip
    if sample_rate != 24000:
        golden["resampled"] = write_wave(stem, mono, 24000, 1)
    golden["codes"] = codes.tolist()
    write_golden(stem, golden)
    print(f"{stem}: {len(codes)} frames, margin {golden['margin']:.2g}, codes used {[len(set(c)) for c in codes.T]}")
    assert golden["margin"] > 1e-4, "draw other codebooks"


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
    for key in ("codes", "referenceCodes"):
        if isinstance(golden.get(key), list) and golden[key] and isinstance(golden[key][0], list):
            rows = ",\n".join("    " + json.dumps(row) for row in golden[key])
            text = text.replace(f'"{key}": {json.dumps(golden[key], indent=2)}'.replace("\n", "\n  "), f'"{key}": [\n{rows}\n  ]')
    (GOLDENS / f"{stem}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
