"""Random weights that keep activations healthy: an empty official model in, the same model filled from a seed out.

A rule for each kind of tensor, chosen by its name and shape. numpy's RandomState never changes its numbers, so a seed
means the same weights everywhere. This file knows nothing of files.
"""

import numpy as np
import torch


def fill(model, seed, gains=()):
    """Draw every parameter and buffer of the state; `gains` are pairs of a part of a name and a factor."""
    random = np.random.RandomState(seed)
    state = model.state_dict()
    for name in sorted(state):
        values = draw(name, tuple(state[name].shape), random)
        for part, factor in gains:
            if part in name:
                values = values * factor
        state[name] = torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
    settle_codebooks(state)
    model.load_state_dict(state)


def draw(name, shape, random):
    normal = random.standard_normal(shape)
    leaf = name.rsplit(".", 1)[-1]
    if leaf == "initialized":
        return np.ones(shape)
    if leaf == "cluster_usage":
        return random.uniform(0.5, 20.0, shape)
    if leaf in ("embedding_sum", "embed_sum"):
        return normal
    if "embedding" in name:
        return normal * (0.5 if "code_predictor" in name else 0.8)
    if leaf in ("alpha", "beta"):
        return 0.3 * normal
    if leaf in ("scale", "gamma"):
        return 0.6 + 0.1 * normal
    if leaf == "bias":
        return 0.1 * normal
    if "norm" in name:
        return (1.5 if "q_norm" in name or "k_norm" in name else 1.0) + 0.2 * normal
    return normal * gain(name) / np.sqrt(fan_in(name, shape))


def gain(name):
    if "head" in name:
        return 4.0  # the two best codes stay far apart
    if "text_projection.linear_fc2" in name:
        return 4.0  # the text must be heard beside the sum of the code embeddings
    if "o_proj" in name:
        return 2.0  # and so must the past
    if name == "speaker_encoder.blocks.0.conv.weight":
        return 0.2  # its input is a logarithm of about -8
    if name.startswith("speaker_encoder"):
        return 1.4
    if name.startswith("decoder.decoder.") and (".block.1.conv." in name or ".conv2." in name):
        return 0.55  # the stages of the vocoder stay near 1: sines of large numbers would magnify rounding
    return 1.0


def fan_in(name, shape):
    if len(shape) < 3:
        return shape[-1]
    if "decoder.upsample." in name and ".0.conv." in name:
        return shape[0]  # transposed, [in, out, stride]: each output hears one tap
    if "decoder.decoder." in name and ".block.1.conv." in name:
        return shape[0] * 2  # transposed, [in, out, 2 x stride]: each output hears two taps
    return shape[1] * shape[2]


def settle_codebooks(state):
    """The files keep sums and usage counts. Later levels are finer; the last row of each was never used (count 0)."""
    for name in sorted(state):
        if name.endswith(("embedding_sum", "embed_sum")):
            level = int(name.split(".layers.")[1].split(".")[0])
            rows = state[name] * 0.8 ** (level + ("rest" in name or "acoustic" in name))
            store_codebook(state, name, rows)


def store_codebook(state, name, rows):
    usage = state[name.rsplit(".", 1)[0] + ".cluster_usage"]
    usage[-1] = 0.0
    state[name].copy_(rows * usage.clamp(min=1e-5)[:, None])


def fit_encoder_codebooks(encoder, clip, seed):
    """Move each codebook of the encoder to where its inputs are, so that it uses many codes; `clip` is [samples]."""
    random = np.random.RandomState(seed)
    features = []
    handle = encoder.downsample.register_forward_hook(lambda _, inputs, output: features.append(output))
    encoder.encode(clip[None, None], return_dict=True)
    handle.remove()
    quantizer, state = encoder.quantizer, encoder.state_dict()
    for part in ("semantic_residual_vector_quantizer", "acoustic_residual_vector_quantizer"):
        half = getattr(quantizer, part)
        residual = half.input_proj(features[0])[0].T  # [frames, dim]
        for level, layer in enumerate(half.layers):
            mean, spread = (np.round(figure.numpy(), 2) for figure in (residual.mean(0), residual.std(0)))
            rows = mean + spread * random.standard_normal(layer.codebook.embed_sum.shape)
            store_codebook(state, f"quantizer.{part}.layers.{level}.codebook.embed_sum", torch.from_numpy(rows).float())
            layer.codebook._embed = None
            residual = residual - layer.codebook.decode(layer.codebook.quantize(residual))
