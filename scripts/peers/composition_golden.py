#!/usr/bin/env python3
"""Numbers that compositions of recurrent networks must reproduce, in float64, by PyTorch's autograd.

An encoder reads rows of unequal length both ways, or from the begin; its results, summed over the steps of each row,
and its last states are what another network starts from, whose first state so has a gradient; the norms of the
gradients of both networks' first hidden states are told by layer. Writes JSON to standard output:

    python3 scripts/peers/composition_golden.py > common/src/test/resources/io/chorale/model/composition-golden.json

Element k of parameter a (names sorted) is 0.6 sin(1.7 k + a), element k of the input cos(0.9 k), element k of what
each result is multiplied with before it is summed up sin(0.7 k + 1).

Under "normalized" the same of cells with layer norm (arXiv 1607.06450), which torch.nn lacks: written row by row and
step by step below.
"""

import json

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

WIDTH = 3
EMBEDDING = 4
LAYERS = 2
LENGTHS = [[5, 3, 1, 4], [4, 4, 4, 4]]
DECODED = [2, 3, 3, 1]
KINDS = {"LSTM": torch.nn.LSTM, "GRU": torch.nn.GRU, "RNN": torch.nn.RNN}


def wave(shape, speed, phase, function):
    count = torch.Size(shape).numel()
    return function(speed * torch.arange(count, dtype=torch.float64) + phase).view(shape)


def scalar(values):
    """What a loss takes of a tensor: the sum of its elements, each with a weight of its own."""
    return (values * wave(values.shape, 0.7, 1.0, torch.sin)).sum()


def read(network, x, lengths, first):
    if isinstance(network, Normalized):
        return network.read(x, lengths, first)
    packed = pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    out, last = network(packed, first if isinstance(network, torch.nn.LSTM) else first[0])
    return pad_packed_sequence(out, batch_first=True)[0], last if isinstance(last, tuple) else (last,)


class Normalized(torch.nn.Module):
    """A recurrent network with layer norm; parameters that torch.nn knows have its names."""

    GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
    # Which gates are normalized together.
    GROUPS = {"LSTM": [4], "GRU": [2, 1], "RNN": [1]}

    def __init__(self, kind, embedding, width, layers, both_ways):
        super().__init__()
        self.kind, self.width, self.layers = kind, width, layers
        self.directions = 2 if both_ways else 1
        rows = self.GATES[kind] * width
        for layer in range(layers):
            read = embedding if layer == 0 else self.directions * width
            for suffix in self.suffixes(layer):
                shapes = {"weight_ih": (rows, read), "weight_hh": (rows, width)}
                shapes |= dict.fromkeys(("bias_ih", "bias_hh", "gain_ih", "gain_hh"), (rows,))
                if kind == "LSTM":
                    shapes |= dict.fromkeys(("gain_cell", "bias_cell"), (width,))
                for name, shape in shapes.items():
                    self.register_parameter(
                        f"{name}_{suffix}", torch.nn.Parameter(torch.zeros(shape, dtype=torch.float64))
                    )

    def suffixes(self, layer):
        return [f"l{layer}", f"l{layer}_reverse"][: self.directions]

    def norm(self, x, gain, bias):
        sizes = [gates * self.width for gates in self.GROUPS[self.kind]]
        parts = (
            torch.nn.functional.layer_norm(part, (part.numel(),), eps=1e-5) for part in torch.split(x, sizes)
        )
        return gain * torch.cat(list(parts)) + bias

    def step(self, suffix, x, state):
        def p(name):
            return getattr(self, f"{name}_{suffix}")

        of_input = self.norm(p("weight_ih") @ x, p("gain_ih"), p("bias_ih"))
        of_state = self.norm(p("weight_hh") @ state[0], p("gain_hh"), p("bias_hh"))
        if self.kind == "RNN":
            return (torch.tanh(of_input + of_state),)
        if self.kind == "GRU":
            (r, z, n), (r_state, z_state, n_state) = of_input.chunk(3), of_state.chunk(3)
            r, z = torch.sigmoid(r + r_state), torch.sigmoid(z + z_state)
            n = torch.tanh(n + r * n_state)
            return ((1 - z) * n + z * state[0],)
        i, f, g, o = (of_input + of_state).chunk(4)
        c = torch.sigmoid(f) * state[1] + torch.sigmoid(i) * torch.tanh(g)
        read = torch.nn.functional.layer_norm(c, (self.width,), p("gain_cell"), p("bias_cell"), eps=1e-5)
        return torch.sigmoid(o) * torch.tanh(read), c

    def row(self, x, first):
        """Results [T, W] of one row, and the last state of each cell; first and last by state [cells, H]."""
        last = []
        for layer in range(self.layers):
            results = []
            for direction, suffix in enumerate(self.suffixes(layer)):
                state = tuple(part[len(last)] for part in first)
                hidden = []
                for vector in x if direction == 0 else reversed(x):
                    state = self.step(suffix, vector, state)
                    hidden.append(state[0])
                results.append(torch.stack(hidden if direction == 0 else hidden[::-1]))
                last.append(state)
            x = torch.cat(results, 1)
        return x, tuple(torch.stack(part) for part in zip(*last))

    def read(self, x, lengths, first):
        rows = [
            self.row(x[row, :length], tuple(part[:, row] for part in first)) for row, length in enumerate(lengths)
        ]
        out = torch.nn.utils.rnn.pad_sequence([values for values, _ in rows], batch_first=True)
        return out, tuple(torch.stack(part, 1) for part in zip(*(last for _, last in rows)))


def network(kind, both_ways, normalized):
    if normalized:
        return Normalized(kind, EMBEDDING, WIDTH, LAYERS, both_ways)
    return KINDS[kind](EMBEDDING, WIDTH, LAYERS, batch_first=True, bidirectional=both_ways, dtype=torch.float64)


def case(kind, lengths, both_ways, normalized=False):
    encoder = network(kind, both_ways, normalized)
    decoder = network(kind, False, normalized)
    named = {f"encoder.{name}": p for name, p in encoder.named_parameters()}
    named |= {f"decoder.{name}": p for name, p in decoder.named_parameters()}
    with torch.no_grad():
        for a, name in enumerate(sorted(named)):
            named[name].copy_(0.6 * wave(named[name].shape, 1.7, float(a), torch.sin))
    x = wave((len(lengths), max(lengths), EMBEDDING), 0.9, 0.0, torch.cos).requires_grad_()
    y = wave((len(DECODED), max(DECODED), EMBEDDING), 0.9, 0.5, torch.cos).requires_grad_()
    directions = 2 if both_ways else 1
    states = 2 if kind == "LSTM" else 1
    zeros = [torch.zeros(LAYERS * directions, len(lengths), WIDTH, dtype=torch.float64) for _ in range(states)]
    for zero in zeros:
        zero.requires_grad_()
    encoded, last = read(encoder, x, lengths, tuple(zeros))
    # The decoder goes on from the last states of the way from the begin.
    first = tuple(state[::directions].contiguous() for state in last)
    first[0].retain_grad()
    decoded, end = read(decoder, y, DECODED, first)
    loss = scalar(encoded) + scalar(decoded) + scalar(last[0][-1]) + scalar(end[-1][0])
    loss.backward()
    return {
        "kind": kind,
        "lengths": lengths,
        "both_ways": both_ways,
        "loss": loss.item(),
        "encoded": encoded.flatten().tolist(),
        "decoded": decoded.flatten().tolist(),
        "input_gradient": x.grad.flatten().tolist(),
        "decoder_input_gradient": y.grad.flatten().tolist(),
        "first_state_norms": {
            f"{network}.l{i // directions}{'_reverse' if i % directions else ''}": gradient.norm().item()
            for network, directions, state in (("encoder", directions, zeros[0]), ("decoder", 1, first[0]))
            for i, gradient in enumerate(state.grad)
        },
        "gradients": {name: p.grad.flatten().tolist() for name, p in named.items()},
    }


def cases(normalized):
    return [
        case(kind, lengths, both, normalized) for kind in KINDS for lengths in LENGTHS for both in (False, True)
    ]


print(json.dumps({"decoded_lengths": DECODED, "cases": cases(False), "normalized": cases(True)}))
