"""Records what PyTorch computes for small recurrent models in float64, for RecurrentTest.

Element k of parameter a (names sorted) is 0.6 sin(1.7 k + a), so that only results need recording: logits after two
blocks with the state carried over, the loss of the second block and its gradient by every parameter.

    python3 scripts/peers/recurrent_golden.py > common/src/test/resources/io/chorale/model/recurrent-golden.json
"""
import json

import torch
import torch.nn.functional as F
from torch import nn

VOCABULARY, BATCH, TIME = 5, 2, 3
CASES = [
    {"kind": "LSTM", "embedding": 3, "width": 4, "layers": 2, "tied": False, "nonlinearity": "TANH"},
    {"kind": "LSTM", "embedding": 6, "width": 6, "layers": 1, "tied": True, "nonlinearity": "TANH"},
    {"kind": "GRU", "embedding": 3, "width": 4, "layers": 2, "tied": False, "nonlinearity": "TANH"},
    {"kind": "RNN", "embedding": 3, "width": 4, "layers": 2, "tied": False, "nonlinearity": "TANH"},
    {"kind": "RNN", "embedding": 5, "width": 4, "layers": 2, "tied": False, "nonlinearity": "RELU"},
]


def record(case):
    torch.set_default_dtype(torch.float64)
    embedding = nn.Embedding(VOCABULARY, case["embedding"])
    extra = {"nonlinearity": case["nonlinearity"].lower()} if case["kind"] == "RNN" else {}
    layers = getattr(nn, case["kind"])(case["embedding"], case["width"], case["layers"], batch_first=True, **extra)
    head = nn.Linear(case["width"], VOCABULARY)
    parameters = {"embedding.weight": embedding.weight, **dict(layers.named_parameters()), "head.bias": head.bias}
    if case["tied"]:
        head.weight = embedding.weight
    else:
        parameters["head.weight"] = head.weight
    with torch.no_grad():
        for a, name in enumerate(sorted(parameters)):
            p = parameters[name]
            p.copy_((0.6 * torch.sin(1.7 * torch.arange(p.numel()) + a)).view(p.shape))
    window = torch.arange(BATCH * 2 * TIME).view(BATCH, 2 * TIME) ** 2 % VOCABULARY
    targets = (window + 1) % VOCABULARY
    _, state = layers(embedding(window[:, :TIME]))
    state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
    logits = head(layers(embedding(window[:, TIME:]), state)[0])
    loss = F.cross_entropy(logits.flatten(0, 1), targets[:, TIME:].flatten())
    loss.backward()
    return {**case, "logits": logits.flatten().tolist(), "loss": loss.item(),
            "gradients": {name: p.grad.flatten().tolist() for name, p in sorted(parameters.items())}}


if __name__ == "__main__":
    cases = ",\n".join(json.dumps(record(case)) for case in CASES)
    print(f'{{"vocabulary": {VOCABULARY}, "batch": {BATCH}, "time": {TIME}, "cases": [\n{cases}\n]}}')
