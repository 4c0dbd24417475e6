"""Records what PyTorch computes for small transformers in float64, for TransformerTest.

Element k of parameter a (names sorted) is 0.3 sin(1.7 k + a), so that only results need recording: logits, loss and the
gradient of the loss by every parameter.

    python3 scripts/peers/transformer_golden.py > common/src/test/resources/io/chorale/model/transformer-golden.json
"""
import json
import math

import torch
import torch.nn.functional as F

VOCABULARY, BATCH, TIME = 5, 2, 4
WIDTH, HEADS, LAYERS, HIDDEN = 8, 2, 2, 6
CASES = [
    {"positions": "LEARNED", "norm": "LAYER", "activation": "GELU", "bias": True, "tied": True},
    {"positions": "ROTARY", "norm": "RMS", "activation": "SWIGLU", "bias": False, "tied": False},
    {"positions": "SINUSOIDAL", "norm": "LAYER", "activation": "GELU", "bias": False, "tied": True},
]


def shapes(case):
    found = {"embedding.weight": (VOCABULARY, WIDTH)}
    if case["positions"] == "LEARNED":
        found["positions.weight"] = (TIME, WIDTH)
    rows = 2 * HIDDEN if case["activation"] == "SWIGLU" else HIDDEN
    for i in range(LAYERS):
        for name, shape in {
            "attention.norm": (WIDTH,),
            "attention.qkv": (3 * WIDTH, WIDTH),
            "attention.output": (WIDTH, WIDTH),
            "mlp.norm": (WIDTH,),
            "mlp.up": (rows, WIDTH),
            "mlp.down": (WIDTH, HIDDEN),
        }.items():
            found[f"layers.{i}.{name}.weight"] = shape
            if case["bias"]:
                found[f"layers.{i}.{name}.bias"] = shape[:1]
    found["norm.weight"] = (WIDTH,)
    if case["bias"]:
        found["norm.bias"] = (WIDTH,)
    if not case["tied"]:
        found["head.weight"] = (VOCABULARY, WIDTH)
    return found


def rotate(x):
    half = x.shape[-1] // 2
    angles = torch.outer(torch.arange(TIME), 10000.0 ** (-torch.arange(half) / half))
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()], -1)


def forward(case, p, tokens):
    def norm(name, x):
        if case["norm"] == "RMS":
            return F.rms_norm(x, (WIDTH,), p[name + ".weight"], 1e-5)
        return F.layer_norm(x, (WIDTH,), p[name + ".weight"], p.get(name + ".bias"), 1e-5)

    def linear(name, x):
        return F.linear(x, p[name + ".weight"], p.get(name + ".bias"))

    def heads(x):
        return x.view(BATCH, TIME, HEADS, WIDTH // HEADS).transpose(1, 2)

    x = p["embedding.weight"][tokens]
    if case["positions"] == "LEARNED":
        x = x + p["positions.weight"][:TIME]
    if case["positions"] == "SINUSOIDAL":
        angles = torch.outer(torch.arange(TIME), 10000.0 ** (-torch.arange(0, WIDTH, 2) / WIDTH))
        x = x * math.sqrt(WIDTH) + torch.stack([angles.sin(), angles.cos()], -1).flatten(1)
    for i in range(LAYERS):
        layer = f"layers.{i}."
        q, k, v = map(heads, linear(layer + "attention.qkv", norm(layer + "attention.norm", x)).chunk(3, -1))
        if case["positions"] == "ROTARY":
            q, k = rotate(q), rotate(k)
        scores = q @ k.transpose(-1, -2) / math.sqrt(WIDTH // HEADS)
        scores = scores.masked_fill(torch.ones(TIME, TIME).triu(1) > 0, -math.inf)
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(BATCH, TIME, WIDTH)
        x = x + linear(layer + "attention.output", mixed)
        up = linear(layer + "mlp.up", norm(layer + "mlp.norm", x))
        gate, value = up[..., :HIDDEN], up[..., HIDDEN:]
        x = x + linear(layer + "mlp.down", F.silu(gate) * value if case["activation"] == "SWIGLU" else F.gelu(up))
    return F.linear(norm("norm", x), p["embedding.weight" if case["tied"] else "head.weight"])


def record(case):
    torch.set_default_dtype(torch.float64)
    p = {}
    for a, (name, shape) in enumerate(sorted(shapes(case).items())):
        values = 0.3 * torch.sin(1.7 * torch.arange(math.prod(shape)) + a)
        p[name] = values.view(shape).requires_grad_()
    tokens = torch.arange(BATCH * TIME).view(BATCH, TIME) ** 2 % VOCABULARY
    logits = forward(case, p, tokens)
    loss = F.cross_entropy(logits.flatten(0, 1), ((tokens + 1) % VOCABULARY).flatten())
    loss.backward()
    return {**case, "logits": logits.flatten().tolist(), "loss": loss.item(),
            "gradients": {name: q.grad.flatten().tolist() for name, q in p.items()}}


if __name__ == "__main__":
    sizes = {"vocabulary": VOCABULARY, "batch": BATCH, "time": TIME, "width": WIDTH, "heads": HEADS, "layers": LAYERS,
             "hidden": HIDDEN}
    cases = ",\n".join(json.dumps(record(case)) for case in CASES)
    print(f'{json.dumps(sizes)[:-1]}, "cases": [\n{cases}\n]}}')
