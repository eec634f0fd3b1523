"""One greedy request through the official wrapper: the arguments of our command line in, codes and waveform out.

`max_frames` N is the official `max_new_tokens` N + 1, whose last token never becomes a frame. Beside the result it
measures how wide each decision was, and checks it against the documented order of the processors, computed anew here.
"""

from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import official
import torch
from transformers.models.mimi.modeling_mimi import MimiEuclideanCodebook


@dataclass
class Result:
    codes: np.ndarray  # [frames, groups]
    finish_reason: str
    wave: np.ndarray  # [samples], without the reference clip, decoded in one piece
    chunked_difference: float  # to the official wave, which past 300 frames is decoded in pieces that do not quite fit
    sample_rate: int
    margin: float  # the smallest distance between the best and the second best logit
    minimum_held: bool  # end-of-speech would have won in the first two frames
    early: int  # samples of the reference that the official cut leaves in front of the wave
    reference_codes: np.ndarray | None
    reference_margin: float | None  # the same for the nearest codebook rows, in distance
    rows: tuple | None  # ICL: of text, and of reference codes with the begin row before them
    prompt: dict  # tensors for debugging


def speak(wrapper, folder, request):
    """`request` has the fields of a golden's request, see engine/test/goldens/README.md."""
    official.use_pretokenizer(wrapper, folder, request.get("pretokenizer", "qwen"))
    with record(wrapper.model) as seen, measure_codebooks() as distances:
        waves, sample_rate = call(wrapper, folder, request)
    codes = seen["codes"].numpy()
    margin, minimum_held = check_decisions(wrapper.model, request, codes, seen)
    reference = seen.get("reference")
    wave = waves[0]
    early = wave.shape[0] - codes.shape[0] * wrapper.model.speech_tokenizer.get_decode_upsample_rate()
    assert early in (0, 1), f"{wave.shape[0]} samples for {codes.shape[0]} frames"
    whole = decode_whole(wrapper.model.speech_tokenizer.model.decoder, reference, seen["codes"])
    return Result(
        codes=codes,
        finish_reason="length" if codes.shape[0] == request["maxFrames"] else "stop",
        wave=whole,
        chunked_difference=float(np.abs(whole - wave[early:]).max()),
        sample_rate=sample_rate,
        margin=margin,
        minimum_held=minimum_held,
        early=early,
        reference_codes=None if reference is None else reference.numpy(),
        reference_margin=None if reference is None else min(distances[: codes.shape[1]]),
        rows=None if reference is None else prompt_rows(wrapper, request, reference),
        prompt=seen["prompt"],
    )


def call(wrapper, folder, request):
    options = dict(do_sample=False, subtalker_dosample=False, max_new_tokens=request["maxFrames"] + 1)
    if "repetitionPenalty" in request:
        options["repetition_penalty"] = request["repetitionPenalty"]
    if "textLayout" in request:
        options["non_streaming_mode"] = request["textLayout"] == "whole"
    text, language, kind = request["text"], request.get("language"), wrapper.model.tts_model_type
    if kind == "custom_voice":
        return wrapper.generate_custom_voice(
            text, request.get("speaker"), language, instruct=request.get("instruct"), **options
        )
    if kind == "voice_design":
        return wrapper.generate_voice_design(text, request.get("instruct"), language, **options)
    return wrapper.generate_voice_clone(
        text,
        language,
        ref_audio=str(request["refAudioPath"]),
        ref_text=request.get("refText"),
        x_vector_only_mode=request.get("xVectorOnly", False),
        **options,
    )


def prompt_rows(wrapper, request, reference):
    """The two lengths that decide how ICL lays text over codes when the text is incremental."""
    tokenizer = wrapper.processor.tokenizer
    text = len(tokenizer(wrapper._build_assistant_text(request["text"])).input_ids) - 8
    transcript = len(tokenizer(wrapper._build_ref_text(request["refText"])).input_ids) - 5
    return transcript + text + 1, len(reference) + 1


def decode_whole(decoder, reference, codes):
    frames = codes if reference is None else torch.cat([reference, codes])
    with torch.inference_mode():
        wave = decoder(frames.T[None])[0, 0].numpy()
    return wave[len(wave) // len(frames) * (len(frames) - len(codes)) :]


@contextmanager
def record(model):
    """Listen to the codes, the logits of both heads and the first step, without changing anything."""
    seen = {"talker": [], "predictor": [], "prompt": {}}
    generate, decode = model.generate, model.speech_tokenizer.decode

    def generating(**options):
        codes, hidden = generate(**options)
        prompt = options.get("voice_clone_prompt") or {}
        seen["codes"], seen["reference"] = codes[0].clone(), (prompt.get("ref_code") or [None])[0]
        return codes, hidden

    def first_step(_, inputs, options, output):
        if "prefill" not in seen["prompt"]:
            hidden = output.last_hidden_state[0, -1]
            seen["prompt"] |= dict(prefill=options["inputs_embeds"][0].clone(), lastHidden=hidden.clone())

    def keep(key):
        return lambda _, inputs, output: seen[key].append(output[0, -1].clone())

    talker = model.talker
    hooks = [talker.model.register_forward_hook(first_step, with_kwargs=True)]
    hooks.append(talker.codec_head.register_forward_hook(keep("talker")))
    hooks += [head.register_forward_hook(keep("predictor")) for head in talker.code_predictor.lm_head]
    model.generate = generating
    try:
        yield seen
    finally:
        del model.generate
        model.speech_tokenizer.decode = decode
        for hook in hooks:
            hook.remove()


@contextmanager
def measure_codebooks():
    """The gap between the nearest and the second nearest row at each step of the codec encoder, in double precision."""
    gaps, quantize = [], MimiEuclideanCodebook.quantize

    def measuring(codebook, vectors):
        chosen = quantize(codebook, vectors)
        distances = torch.cdist(vectors.double(), codebook.embed.double(), compute_mode="donot_use_mm_for_euclid_dist")
        nearest = distances.topk(2, largest=False)
        assert (nearest.indices[:, 0] == chosen).all(), "the official distance rounds to another row"
        gaps.append(float((nearest.values[:, 1] - nearest.values[:, 0]).min()))
        return chosen

    MimiEuclideanCodebook.quantize = measuring
    try:
        yield gaps
    finally:
        MimiEuclideanCodebook.quantize = quantize


def check_decisions(model, request, codes, seen):
    config = model.config.talker_config
    end, groups = config.codec_eos_token_id, config.num_code_groups
    penalty = request.get("repetitionPenalty", model.generate_config.get("repetition_penalty", 1.05))
    margin, held, history = np.inf, False, []
    for step, raw in enumerate(seen["talker"]):
        logits = raw.numpy().copy()
        for code in set(history):
            logits[code] = logits[code] * penalty if logits[code] < 0 else logits[code] / penalty
        suppressed = np.arange(config.vocab_size - 1024, config.vocab_size)
        logits[suppressed[suppressed != end]] = -np.inf
        held |= step < 2 and int(logits.argmax()) == end
        if step < 2:
            logits[end] = -np.inf
        chosen = int(logits.argmax())
        if step < len(codes):
            assert chosen == codes[step, 0], f"frame {step}: {chosen}, official {codes[step, 0]}"
        elif step < request["maxFrames"]:
            assert chosen == end
        if step < request["maxFrames"]:
            margin = min(margin, gap(logits))
        history.append(chosen)
    heads = np.stack([row.numpy() for row in seen["predictor"]]).reshape(-1, groups - 1, seen["predictor"][0].shape[-1])
    for frame, rows in zip(codes, heads):
        assert (rows.argmax(-1) == frame[1:]).all()
        margin = min(margin, *(gap(row) for row in rows))
    seen["prompt"] |= dict(firstLogits=seen["talker"][0], firstPredictorLogits=torch.from_numpy(heads[0]))
    return float(margin), held


def gap(logits):
    second, best = np.partition(logits, -2)[-2:]
    return best - second
