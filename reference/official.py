"""The official qwen-tts package, loaded on CPU in float32: a checkpoint folder in, its model out.

The 25 Hz codec imports torchaudio when the package is imported. It has no CPU build for this torch and is never called
for the 12 Hz family, so an empty module stands in for it. This file knows nothing of our own engine.
"""

import functools
import json
import os
import sys
import types
import warnings
from importlib.machinery import ModuleSpec

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
warnings.filterwarnings("ignore")


class StandIn(types.ModuleType):
    """Any attribute is another stand-in: enough for an import, a call fails loudly."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return stand_in(f"{self.__name__}.{name}")


def stand_in(name):
    module = StandIn(name)
    module.__spec__ = ModuleSpec(name, None)
    module.__path__ = []
    sys.modules[name] = module
    return module


for missing in ("torchaudio", "torchaudio.compliance", "torchaudio.compliance.kaldi", "sox"):
    stand_in(missing)

import torch  # noqa: E402
from qwen_tts import Qwen3TTSModel  # noqa: E402

torch.set_num_threads(1)


def load(folder):
    """The wrapper as a user gets it: the whole model in float32 on the CPU."""
    return Qwen3TTSModel.from_pretrained(str(folder), dtype=torch.float32)


def use_pretokenizer(wrapper, folder, pattern):
    """Make the wrapper split text with one of the two patterns, whatever it would have chosen for this folder."""
    wrapper.processor.tokenizer = tokenizer_of(str(folder), pattern)


@functools.cache
def tokenizer_of(folder, pattern):
    """The official tokenizer, `qwen` as its class builds it or `mistral` after the library's own swap of patterns.

    transformers 4.57.3 swaps Qwen's pattern for Mistral's in a local folder whose config names version 4.57.3, but only
    for a vocabulary of more than 100,000 entries. So a tiny checkpoint keeps Qwen's, and a published one does not.
    """
    from transformers import Qwen2TokenizerFast
    from transformers.tokenization_utils_base import PreTrainedTokenizerBase

    tokenizer = Qwen2TokenizerFast.from_pretrained(folder)
    if pattern == "mistral":
        PreTrainedTokenizerBase._patch_mistral_regex(tokenizer, folder, _is_local=True, fix_mistral_regex=True)
    return tokenizer


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)
