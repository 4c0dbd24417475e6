"""Recurrent networks: LSTM, GRU and the plain one, in one direction or both.

Shapes: T steps, E units of what is read, H of the hidden state, G all gates' units; any axes may
stand before them.
"""

import numpy as np

from . import arrays

_GATES_THAT_ARE_NORMALIZED_TOGETHER = {"lstm": [4], "gru": [2, 1], "rnn": [1]}


class Recurrent:
    """settings: kind, layers, width, nonlinearity, layer-norm."""

    carries = True

    def __init__(self, weights, prefix, settings, causal):
        self.weights = weights
        self.prefix = prefix
        self.kind = settings["kind"]
        self.layers = settings["layers"]
        self.width = settings["width"]
        self.relu = settings["nonlinearity"] == "relu"
        self.normalized = settings["layer-norm"]
        self.ways = ["", "_reverse"][: 1 if causal else 2]

    def look_at(self, values, state):
        """What attention makes of a memory [S, W], once for all that is read with it; and its last
        states."""
        keys = arrays.linear(self.weights, self.prefix + "attention.score", values)
        return values, keys, state

    def begin(self, memory):
        """The states to begin with: the memory's last ones of both directions, brought together."""
        state = memory[2]
        return [
            tuple(
                None
                if state[2 * i][j] is None
                else arrays.linear(
                    self.weights,
                    f"{self.prefix}bridge_l{i}.{name}",
                    np.concatenate([state[2 * i][j], state[2 * i + 1][j]], -1),
                )
                for j, name in enumerate(["hidden", "cell"])
            )
            for i in range(self.layers)
        ]

    def read(self, x, state=None, memory=None):
        """Vectors [..., T, H] or [..., T, 2H], and the states of all cells after the last step.

        memory: what look_at made of it, where each step looks at one.
        """
        after = []
        for i in range(self.layers):
            results = []
            for way in self.ways:
                before = None if state is None else state[len(after)]
                turned = x if way == "" else x[..., ::-1, :]
                hidden, last = self._cell(f"l{i}{way}", turned, before)
                results.append(hidden if way == "" else hidden[..., ::-1, :])
                after.append(last)
            x = np.concatenate(results, -1)
        return x if memory is None else self._look(x, memory), after

    def _look(self, hidden, memory):
        """Global attention to all steps of a memory, after the recurrence."""
        values, keys, _ = memory
        means = arrays.softmax(hidden @ keys.T) @ values
        both = np.concatenate([means, hidden], -1)
        return np.tanh(arrays.linear(self.weights, self.prefix + "attention.combined", both))

    def ends(self, values, state):
        """The last states of the last layer, of all directions beside each other."""
        return np.concatenate([last[0] for last in state[-len(self.ways) :]], -1)

    def _cell(self, name, x, before):
        def get(part):
            return self.weights.get(f"{self.prefix}{part}_{name}")

        matrix, bias = get("weight_hh"), get("bias_hh")
        projected = x @ get("weight_ih").T  # [..., T, G]
        if self.normalized:
            projected = self._normalized(projected, get("gain_ih"))
        projected = projected + get("bias_ih")
        step = getattr(self, "_" + self.kind)
        zeros = np.zeros(x.shape[:-2] + (self.width,), np.float32)
        last = (zeros, zeros) if before is None else before
        hidden = np.empty(x.shape[:-1] + (self.width,), np.float32)
        for t in range(x.shape[-2]):
            product = last[0] @ matrix.T
            if self.normalized:
                product = self._normalized(product, get("gain_hh"))
            last = step(projected[..., t, :], product + bias, last, get)
            hidden[..., t, :] = last[0]
        return hidden, last

    def _normalized(self, x, gain):
        """Each group of gates by itself, without a shift."""
        parts, at = [], 0
        for gates in _GATES_THAT_ARE_NORMALIZED_TOGETHER[self.kind]:
            group = slice(at, at + gates * self.width)
            parts.append(arrays.layer_norm(x[..., group], gain[group]))
            at = group.stop
        return np.concatenate(parts, -1)

    def _lstm(self, read, product, last, get):
        i, f, g, o = np.split(read + product, 4, -1)
        cell = arrays.sigmoid(f) * last[1] + arrays.sigmoid(i) * np.tanh(g)
        shown = cell
        if self.normalized:
            shown = arrays.layer_norm(cell, get("gain_cell"), get("bias_cell"))
        return arrays.sigmoid(o) * np.tanh(shown), cell

    def _gru(self, read, product, last, get):
        read_r, read_z, read_n = np.split(read, 3, -1)
        product_r, product_z, product_n = np.split(product, 3, -1)
        z = arrays.sigmoid(read_z + product_z)
        n = np.tanh(read_n + arrays.sigmoid(read_r + product_r) * product_n)
        return n + z * (last[0] - n), None

    def _rnn(self, read, product, last, get):
        total = read + product
        return np.maximum(total, 0) if self.relu else np.tanh(total), None
