#!/usr/bin/env python3
"""Numbers that encoders with decoders must reproduce, in float64, by PyTorch's autograd.

Source and target share an embedding, which the head uses, too; a decoder looks at what an encoder has read of the
source. Every row is computed by itself, so that no padding is anywhere. Recurrent networks are PyTorch's own; what is
around them, and the transformer, is written out. Records logits, the loss with label smoothing and the gradient of the
loss by every parameter. Element k of parameter a (names sorted) is AMPLITUDE sin(1.7 k + a).

    python3 scripts/peers/memory_golden.py > common/src/test/resources/io/chorale/model/memory-golden.json
"""
import json
import math

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)

VOCABULARY, WIDTH, LAYERS, HEADS, HIDDEN, CONTEXT = 5, 4, 2, 2, 6, 4
AMPLITUDE, SMOOTHING = 0.5, 0.1
SOURCES = [[1, 4, 2, 0], [3, 0], [2, 2, 0]]
TARGETS = [[4, 0], [1, 2, 3, 0], [0]]
CASES = [("TRANSFORMER", True), ("LSTM", True), ("LSTM", False), ("GRU", True), ("RNN", True)]
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
NETWORKS = {"LSTM": torch.nn.LSTM, "GRU": torch.nn.GRU, "RNN": torch.nn.RNN}


def transformer_shapes():
    found = {}
    for prefix in ("encoder.", "decoder."):
        found[prefix + "positions.weight"] = (CONTEXT, WIDTH)
        parts = {"attention.norm": (WIDTH,), "attention.qkv": (3 * WIDTH, WIDTH), "attention.output": (WIDTH, WIDTH),
                 "mlp.norm": (WIDTH,), "mlp.up": (HIDDEN, WIDTH), "mlp.down": (WIDTH, HIDDEN)}
        if prefix == "decoder.":
            parts |= {"memory.norm": (WIDTH,), "memory.q": (WIDTH, WIDTH), "memory.kv": (2 * WIDTH, WIDTH),
                      "memory.output": (WIDTH, WIDTH)}
        names = {f"layers.{i}.{part}": shape for i in range(LAYERS) for part, shape in parts.items()}
        for name, shape in (names | {"norm": (WIDTH,)}).items():
            found[f"{prefix}{name}.weight"] = shape
            found[f"{prefix}{name}.bias"] = shape[:1]
    return found


def recurrent_shapes(kind, both_ways):
    found = {"head.bias": (VOCABULARY + 1,)}
    memory = WIDTH * (2 if both_ways else 1)
    rows = GATES[kind] * WIDTH
    for prefix, directions in (("encoder.", ["", "_reverse"] if both_ways else [""]), ("decoder.", [""])):
        for i in range(LAYERS):
            for direction in directions:
                read = WIDTH if i == 0 else WIDTH * len(directions)
                found[f"{prefix}weight_ih_l{i}{direction}"] = (rows, read)
                found[f"{prefix}weight_hh_l{i}{direction}"] = (rows, WIDTH)
                found[f"{prefix}bias_ih_l{i}{direction}"] = (rows,)
                found[f"{prefix}bias_hh_l{i}{direction}"] = (rows,)
    if both_ways:
        for i in range(LAYERS):
            for state in ["hidden", "cell"] if kind == "LSTM" else ["hidden"]:
                found[f"decoder.bridge_l{i}.{state}.weight"] = (WIDTH, memory)
                found[f"decoder.bridge_l{i}.{state}.bias"] = (WIDTH,)
    found["decoder.attention.score.weight"] = (WIDTH, memory)
    found["decoder.attention.combined.weight"] = (WIDTH, memory + WIDTH)
    return found


def attend(q, k, v, causal):
    """Heads side by side [T, C]."""
    q, k, v = (x.view(len(x), HEADS, -1).transpose(0, 1) for x in (q, k, v))
    scores = q @ k.transpose(1, 2) / math.sqrt(WIDTH // HEADS)
    if causal:
        scores = scores.masked_fill(torch.ones(scores.shape[1:]).triu(1) > 0, -math.inf)
    return (scores.softmax(-1) @ v).transpose(0, 1).flatten(1)


def transformer(p, prefix, x, memory=None):
    def norm(name, x):
        return F.layer_norm(x, (WIDTH,), p[prefix + name + ".weight"], p[prefix + name + ".bias"], 1e-5)

    def linear(name, x):
        return F.linear(x, p[prefix + name + ".weight"], p[prefix + name + ".bias"])

    x = x + p[prefix + "positions.weight"][:len(x)]
    for i in range(LAYERS):
        layer = f"layers.{i}."
        q, k, v = linear(layer + "attention.qkv", norm(layer + "attention.norm", x)).chunk(3, -1)
        x = x + linear(layer + "attention.output", attend(q, k, v, memory is not None))
        if memory is not None:
            k, v = linear(layer + "memory.kv", memory).chunk(2, -1)
            q = linear(layer + "memory.q", norm(layer + "memory.norm", x))
            x = x + linear(layer + "memory.output", attend(q, k, v, False))
        x = x + linear(layer + "mlp.down", F.gelu(linear(layer + "mlp.up", norm(layer + "mlp.norm", x))))
    return norm("norm", x)


def network(p, prefix, kind, both_ways, x, before=None):
    net = NETWORKS[kind](WIDTH, WIDTH, LAYERS, batch_first=True, bidirectional=both_ways)
    own = {name: p[prefix + name] for name, _ in net.named_parameters()}
    out, last = torch.func.functional_call(net, own, (x[None], before))
    return out[0], last if isinstance(last, tuple) else (last,)


def recurrent(p, kind, both_ways, x, y):
    memory, last = network(p, "encoder.", kind, both_ways, x)
    first = []
    for name, state in zip(("hidden", "cell"), last):
        if both_ways:
            state = torch.stack([
                F.linear(state[2 * i:2 * i + 2].flatten(), p[f"decoder.bridge_l{i}.{name}.weight"],
                         p[f"decoder.bridge_l{i}.{name}.bias"])
                for i in range(LAYERS)])[:, None]
        first.append(state.contiguous())
    hidden, _ = network(p, "decoder.", kind, False, y, tuple(first) if kind == "LSTM" else first[0])
    scores = hidden @ (memory @ p["decoder.attention.score.weight"].T).T
    context = scores.softmax(-1) @ memory
    return torch.tanh(F.linear(torch.cat([context, hidden], -1), p["decoder.attention.combined.weight"]))


def record(kind, both_ways):
    shapes = {"embedding.weight": (VOCABULARY + 1, WIDTH)}
    shapes |= transformer_shapes() if kind == "TRANSFORMER" else recurrent_shapes(kind, both_ways)
    p = {}
    for a, (name, shape) in enumerate(sorted(shapes.items())):
        values = AMPLITUDE * torch.sin(1.7 * torch.arange(math.prod(shape)) + a)
        p[name] = values.view(shape).requires_grad_()
    rows, loss = [], 0
    for source, target in zip(SOURCES, TARGETS):
        x = p["embedding.weight"][source]
        y = p["embedding.weight"][[VOCABULARY] + target[:-1]]
        read = transformer(p, "decoder.", y, transformer(p, "encoder.", x)) if kind == "TRANSFORMER" \
            else recurrent(p, kind, both_ways, x, y)
        logits = F.linear(read, p["embedding.weight"], p.get("head.bias"))
        rows.append(logits.flatten().tolist())
        loss = loss + F.cross_entropy(logits, torch.tensor(target), reduction="sum", label_smoothing=SMOOTHING)
    loss = loss / sum(map(len, TARGETS))
    loss.backward()
    return {"kind": kind, "both_ways": both_ways, "logits": rows, "loss": loss.item(),
            "gradients": {name: q.grad.flatten().tolist() for name, q in p.items()}}


if __name__ == "__main__":
    cases = ",\n".join(json.dumps(record(*case)) for case in CASES)
    print(f'{{"sources": {SOURCES}, "targets": {TARGETS}, "cases": [\n{cases}\n]}}')
