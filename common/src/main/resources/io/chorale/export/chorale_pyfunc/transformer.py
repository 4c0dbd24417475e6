"""A transformer with its norms before each part of a block.

Shapes: T steps, C width, H heads, S steps that are looked at; any axes may stand before them.
"""

import numpy as np

from . import arrays


class Transformer:
    """settings: layers, width, heads, positions, norm, activation."""

    carries = False

    def __init__(self, weights, prefix, settings, causal):
        self.weights = weights
        self.prefix = prefix
        self.causal = causal
        self.layers = settings["layers"]
        self.width = settings["width"]
        self.heads = settings["heads"]
        self.positions = settings["positions"]
        self.rms = settings["norm"] == "rms"
        self.gated = settings["activation"] == "swiglu"

    def look_at(self, values, state):
        """What each block makes of a memory [S, C], once for all that is read with it: keys and
        values."""
        memory = []
        for i in range(self.layers):
            kv = arrays.linear(self.weights, f"{self.prefix}layers.{i}.memory.kv", values)
            memory.append(tuple(self._split(part) for part in np.split(kv, 2, -1)))
        return memory

    def begin(self, memory):
        """The state to begin with."""
        return None

    def read(self, x, state=None, memory=None):
        """Vectors [..., T, C] of such vectors, and what to go on from: keys and values.

        memory: what look_at made of it, where each step looks at one.
        """
        start = 0 if state is None else state[0][0].shape[-2]
        x = self._placed(x, start)
        after = []
        for i in range(self.layers):
            layer = f"{self.prefix}layers.{i}."
            past = None if state is None else state[i]
            attended, seen = self._attention(
                layer, self._norm(layer + "attention.norm", x), start, past
            )
            after.append(seen)
            x = x + attended
            if memory is not None:
                x = x + self._look(layer, self._norm(layer + "memory.norm", x), memory[i])
            x = x + self._mlp(layer, self._norm(layer + "mlp.norm", x))
        return self._norm(self.prefix + "norm", x), after

    def ends(self, values, state):
        """What was read at the end of a row [..., C]."""
        return values[..., -1, :]

    def _placed(self, x, start):
        length = x.shape[-2]
        if self.positions == "learned":
            return x + self.weights[self.prefix + "positions.weight"][start : start + length]
        if self.positions == "sinusoidal":
            sines, cosines = _waves(start, length, self.width)
            turns = np.stack([sines, cosines], -1).reshape(length, self.width)
            return x * np.float32(np.sqrt(self.width)) + turns
        return x

    def _norm(self, name, x):
        scale = self.weights[name + ".weight"]
        if self.rms:
            return arrays.rms_norm(x, scale)
        return arrays.layer_norm(x, scale, self.weights.get(name + ".bias"))

    def _attention(self, layer, x, start, past):
        qkv = arrays.linear(self.weights, layer + "attention.qkv", x)
        q, k, v = (self._split(part) for part in np.split(qkv, 3, -1))  # [..., H, T, C/H]
        if self.positions == "rotary":
            q, k = _turned(q, start), _turned(k, start)
        if past is not None:
            k = np.concatenate([past[0], k], -2)
            v = np.concatenate([past[1], v], -2)
        scores = q @ np.swapaxes(k, -1, -2) / np.float32(np.sqrt(q.shape[-1]))  # [..., H, T, S]
        if self.causal:
            later = np.arange(k.shape[-2]) > start + np.arange(q.shape[-2])[:, None]
            scores = np.where(later, np.float32(-np.inf), scores)
        return self._joined(layer + "attention.output", scores, v), (k, v)

    def _look(self, layer, x, seen):
        """Attention to all steps of a memory."""
        q = self._split(arrays.linear(self.weights, layer + "memory.q", x))
        scores = q @ np.swapaxes(seen[0], -1, -2) / np.float32(np.sqrt(q.shape[-1]))
        return self._joined(layer + "memory.output", scores, seen[1])

    def _joined(self, name, scores, v):
        means = np.swapaxes(arrays.softmax(scores) @ v, -2, -3)
        return arrays.linear(self.weights, name, means.reshape(means.shape[:-2] + (self.width,)))

    def _split(self, x):
        parts = x.reshape(x.shape[:-1] + (self.heads, self.width // self.heads))
        return np.swapaxes(parts, -2, -3)

    def _mlp(self, layer, x):
        up = arrays.linear(self.weights, layer + "mlp.up", x)
        if self.gated:
            gate, up = np.split(up, 2, -1)
            activated = arrays.silu(gate) * up
        else:
            activated = arrays.gelu(up)
        return arrays.linear(self.weights, layer + "mlp.down", activated)


def _waves(start, length, width):
    """Sines and cosines of positions [T, width / 2], wavelengths from 2 pi to 10,000 x 2 pi."""
    turns = np.arange(start, start + length)[:, None] / 10000.0 ** (np.arange(0, width, 2) / width)
    return np.sin(turns).astype(np.float32), np.cos(turns).astype(np.float32)


def _turned(x, start):
    """Rotary positions: unit i of the first half of a head turns with unit i of the second."""
    sines, cosines = _waves(start, x.shape[-2], x.shape[-1])
    first, second = np.split(x, 2, -1)
    return np.concatenate([first * cosines - second * sines, second * cosines + first * sines], -1)
