"""A transformer with its norms before each part of a block.

Shapes: T steps, C width, H heads of D units, K of keys and values, which groups of them share,
S steps that are looked at; any axes may stand before them.
"""

import numpy as np

from . import arrays


class Transformer:
    """settings: layers, width, heads, shared, size, positions, wavelengths, norm, epsilon,
    activation."""

    carries = False

    def __init__(self, weights, prefix, settings, causal):
        self.weights = weights
        self.prefix = prefix
        self.causal = causal
        self.layers = settings["layers"]
        self.width = settings["width"]
        self.group = settings["heads"] // settings["shared"]
        self.size = settings["size"]
        self.queries = settings["heads"] * self.size
        self.wavelengths = np.asarray(settings.get("wavelengths", []))
        self.epsilon = np.float32(settings["epsilon"])
        self.positions = settings["positions"]
        self.rms = settings["norm"] == "rms"
        self.activation = settings["activation"]

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
            waves = np.float64(10000) ** (np.arange(0, self.width, 2) / self.width)
            sines, cosines = _waves(start, length, waves)
            turns = np.stack([sines, cosines], -1).reshape(length, self.width)
            return x * np.float32(np.sqrt(self.width)) + turns
        return x

    def _norm(self, name, x):
        scale = self.weights[name + ".weight"]
        if self.rms:
            return arrays.rms_norm(x, scale, self.epsilon)
        return arrays.layer_norm(x, scale, self.weights.get(name + ".bias"), self.epsilon)

    def _attention(self, layer, x, start, past):
        qkv = arrays.linear(self.weights, layer + "attention.qkv", x)
        keys = (qkv.shape[-1] - self.queries) // 2
        parts = np.split(qkv, [self.queries, self.queries + keys], -1)
        q, k, v = (self._split(part) for part in parts)  # [..., H, T, D], twice [..., K, T, D]
        if layer + "attention.q-norm.weight" in self.weights:
            q = arrays.rms_norm(q, self.weights[layer + "attention.q-norm.weight"], self.epsilon)
            k = arrays.rms_norm(k, self.weights[layer + "attention.k-norm.weight"], self.epsilon)
        if self.positions == "rotary":
            q, k = (_turned(part, start, self.wavelengths) for part in (q, k))
        if past is not None:
            k = np.concatenate([past[0], k], -2)
            v = np.concatenate([past[1], v], -2)
        scores = self._scores(q, k)
        if self.causal:
            later = np.arange(k.shape[-2]) > start + np.arange(q.shape[-2])[:, None]
            scores = np.where(later, np.float32(-np.inf), scores)
        return self._joined(layer + "attention.output", scores, v), (k, v)

    def _look(self, layer, x, seen):
        """Attention to all steps of a memory."""
        q = self._split(arrays.linear(self.weights, layer + "memory.q", x))
        return self._joined(layer + "memory.output", self._scores(q, seen[0]), seen[1])

    def _scores(self, q, k):
        """[..., H, T, S]."""
        k = np.repeat(k, self.group, -3)
        return q @ np.swapaxes(k, -1, -2) / np.float32(np.sqrt(self.size))

    def _joined(self, name, scores, v):
        means = np.swapaxes(arrays.softmax(scores) @ np.repeat(v, self.group, -3), -2, -3)
        return arrays.linear(self.weights, name, means.reshape(means.shape[:-2] + (self.queries,)))

    def _split(self, x):
        parts = x.reshape(x.shape[:-1] + (x.shape[-1] // self.size, self.size))
        return np.swapaxes(parts, -2, -3)

    def _mlp(self, layer, x):
        up = arrays.linear(self.weights, layer + "mlp.up", x)
        if self.activation == "swiglu":
            gate, up = np.split(up, 2, -1)
            activated = arrays.silu(gate) * up
        elif self.activation == "gelu-tanh":
            activated = arrays.gelu_tanh(up)
        else:
            activated = arrays.gelu(up)
        return arrays.linear(self.weights, layer + "mlp.down", activated)


def _waves(start, length, wavelengths):
    """Sines and cosines of positions [T, W], for each of W wavelengths over 2 pi."""
    turns = np.arange(start, start + length)[:, None] / wavelengths
    return np.sin(turns).astype(np.float32), np.cos(turns).astype(np.float32)


def _turned(x, start, wavelengths):
    """Rotary positions: unit i of the first half of a head turns with unit i of the second."""
    sines, cosines = _waves(start, x.shape[-2], wavelengths)
    first, second = np.split(x, 2, -1)
    return np.concatenate([first * cosines - second * sines, second * cosines + first * sines], -1)
