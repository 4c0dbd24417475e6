#!/usr/bin/env python3
"""Numbers that compositions of recurrent networks must reproduce, in float64, by PyTorch's autograd.

An encoder reads rows of unequal length both ways, or from the begin; its results, summed over the steps of each row,
and its last states are what another network starts from, whose first state so has a gradient; the norms of the
gradients of both networks' first hidden states are told by layer. Writes JSON to standard output:

    python3 scripts/peers/composition_golden.py > common/src/test/resources/io/chorale/model/composition-golden.json

Element k of parameter a (names sorted) is 0.6 sin(1.7 k + a), element k of the input cos(0.9 k), element k of what
each result is multiplied with before it is summed up sin(0.7 k + 1).
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


def read(network, x, lengths, state=None):
    packed = pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    out, last = network(packed, state)
    return pad_packed_sequence(out, batch_first=True)[0], last if isinstance(last, tuple) else (last,)


def case(kind, lengths, both_ways):
    encoder = KINDS[kind](EMBEDDING, WIDTH, LAYERS, batch_first=True, bidirectional=both_ways, dtype=torch.float64)
    decoder = KINDS[kind](EMBEDDING, WIDTH, LAYERS, batch_first=True, dtype=torch.float64)
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
    encoded, last = read(encoder, x, lengths, tuple(zeros) if kind == "LSTM" else zeros[0])
    # The decoder goes on from the last states of the way from the begin.
    first = tuple(state[::directions].contiguous() for state in last)
    decoded, end = read(decoder, y, DECODED, first if kind == "LSTM" else first[0])
    first[0].retain_grad()
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


cases = [case(kind, lengths, both) for kind in KINDS for lengths in LENGTHS for both in (False, True)]
print(json.dumps({"decoded_lengths": DECODED, "cases": cases}))
