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
        return 1.0 + 0.2 * normal
    return normal * gain(name) / np.sqrt(fan_in(name, shape))


def gain(name):
    if "head" in name:
        return 4.0  # the two best codes stay far apart
    if "text_projection.linear_fc2" in name:
        return 3.0  # the text must be heard beside the sum of the code embeddings
    if name == "speaker_encoder.blocks.0.conv.weight":
        return 0.2  # its input is a logarithm of about -8
    if name.startswith("speaker_encoder"):
        return 1.4
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
        if not name.endswith(("embedding_sum", "embed_sum")):
            continue
        usage = state[name.rsplit(".", 1)[0] + ".cluster_usage"]
        usage[-1] = 0.0
        level = int(name.split(".layers.")[1].split(".")[0])
        rows = state[name] * 0.8 ** (level + ("rest" in name or "acoustic" in name))
        state[name] = rows * usage.clamp(min=1e-5)[:, None]
