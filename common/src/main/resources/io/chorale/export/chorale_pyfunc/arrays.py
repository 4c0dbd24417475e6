"""Arrays of a safetensors file, and the functions of numpy's that layers share."""

import json
import math
import struct

import numpy as np

try:
    from scipy.special import erf as _erf
except ImportError:
    _erf = np.vectorize(math.erf, otypes=[np.float64])

_EPSILON = 1e-5


def read(path):
    """The arrays of a file by their names, float32, mapped into memory."""
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
    content = np.memmap(path, dtype=np.uint8, mode="r", offset=8 + size)
    arrays = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        if entry["dtype"] != "F32":
            raise ValueError(f"Cannot read {name} in {path}: it is {entry['dtype']}, expected F32.")
        begin, end = entry["data_offsets"]
        arrays[name] = np.asarray(content[begin:end].view("<f4").reshape(entry["shape"]))
    return arrays


def linear(weights, name, x):
    """A linear layer [..., in] to [..., out], with a bias where it has one."""
    y = x @ weights[name + ".weight"].T
    bias = weights.get(name + ".bias")
    return y if bias is None else y + bias


def layer_norm(x, scale, shift=None, epsilon=_EPSILON):
    """Layer normalization of the last axis."""
    centred = x - x.mean(-1, keepdims=True)
    variance = (centred * centred).mean(-1, keepdims=True)
    y = centred / np.sqrt(variance + np.float32(epsilon)) * scale
    return y if shift is None else y + shift


def rms_norm(x, scale, epsilon):
    """Normalization of the last axis by the root of its mean square."""
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + np.float32(epsilon)) * scale


def softmax(x):
    """The softmax over the last axis."""
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def log_softmax(x):
    """The logarithm of the softmax over the last axis."""
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def gelu(x):
    """The Gaussian error linear unit, by the error function itself."""
    return (0.5 * x * (1 + _erf(x / math.sqrt(2)))).astype(np.float32)


def gelu_tanh(x):
    """The Gaussian error linear unit as GPT-2 has it, by the hyperbolic tangent."""
    inner = np.float32(math.sqrt(2 / math.pi)) * (x + np.float32(0.044715) * x * x * x)
    return 0.5 * x * (1 + np.tanh(inner))


def silu(x):
    return x * sigmoid(x)
