"""Speed of one training step in PyTorch: the peer that `chorale bench --peer pytorch` runs in turns with Chorale.

Synthetic tokens, one process. The step is Chorale's: forward, backward, clipping by the global norm, AdamW with decay on
matrices only; in bfloat16 under PyTorch's autocast; on request compiled. Prints one JSON object; milliseconds_per_step is the median over the
timed steps, on a GPU, where steps overlap, their mean.
"""
import argparse
import json
import time

import torch
import torch.nn.functional as F
from torch import nn


WARMUP = 3  # steps that are not timed


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width, bias=False)
        self.attention = nn.Linear(width, 3 * width, bias=False)
        self.projection = nn.Linear(width, width, bias=False)
        self.norm2 = nn.LayerNorm(width, bias=False)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)

    def forward(self, x):  # [B, T, C]
        b, t, c = x.shape
        q, k, v = (
            part.view(b, t, self.heads, c // self.heads).transpose(1, 2)
            for part in self.attention(self.norm1(x)).split(c, dim=2)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.projection(mixed.transpose(1, 2).reshape(b, t, c))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Transformer(nn.Module):
    def __init__(self, a):
        super().__init__()
        self.tokens = nn.Embedding(a.vocabulary, a.width)
        self.positions = nn.Embedding(a.context, a.width)
        self.blocks = nn.Sequential(*(Block(a.width, a.heads) for _ in range(a.layers)))
        self.norm = nn.LayerNorm(a.width, bias=False)
        for name, p in self.named_parameters():
            if p.dim() == 2:
                residual = "projection" in name or "down" in name
                nn.init.normal_(p, std=0.02 * ((2 * a.layers) ** -0.5 if residual else 1.0))

    def forward(self, ids):
        x = self.tokens(ids) + self.positions.weight[: ids.shape[1]]
        return self.norm(self.blocks(x)) @ self.tokens.weight.T


class Recurrent(nn.Module):
    def __init__(self, a):
        super().__init__()
        self.tokens = nn.Embedding(a.vocabulary, a.embedding or a.width)
        kind = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[a.kind]
        self.layers = kind(a.embedding or a.width, a.width, a.layers, batch_first=True)
        self.head = nn.Linear(a.width, a.vocabulary)

    def forward(self, ids):
        return self.head(self.layers(self.tokens(ids))[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=["transformer", "lstm", "gru", "rnn"], default="transformer")
    for name, default in [("threads", 1), ("steps", 50), ("batch", 12), ("context", 64), ("layers", 4), ("heads", 4),
                          ("width", 128), ("embedding", 0), ("vocabulary", 65), ("seed", 1)]:
        parser.add_argument("--" + name, type=int, default=default)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--compile", action="store_true", help="by torch.compile, which needs a C++ compiler")
    a = parser.parse_args()

    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    model = (Transformer(a) if a.kind == "transformer" else Recurrent(a)).to(a.device)
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), fused=True)

    step_model = torch.compile(model) if a.compile else model
    gpu = a.device == "cuda"
    batches = [torch.randint(a.vocabulary, (a.batch, a.context + 1)) for _ in range(a.steps + WARMUP)]
    seconds = []
    for step, ids in enumerate(batches):
        if gpu and step == WARMUP:
            torch.cuda.synchronize()
            begin = time.perf_counter()
        start = time.perf_counter()
        ids = ids.to(a.device)
        with torch.autocast(a.device, torch.bfloat16, enabled=a.precision == "bfloat16"):
            loss = F.cross_entropy(step_model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    step = sorted(seconds[WARMUP:])[a.steps // 2]
    facts = {"capability": torch.backends.cpu.get_cpu_capability()}
    if gpu:
        torch.cuda.synchronize()
        step = (time.perf_counter() - begin) / a.steps
        facts = {"gpu": torch.cuda.get_device_name(), "gpu_bytes": torch.cuda.max_memory_allocated()}
    print(json.dumps({
        "peer": "pytorch", "version": torch.__version__, **facts, **vars(a),
        "parameters": sum(p.numel() for p in model.parameters()),
        "milliseconds_per_step": round(step * 1e3, 3), "tokens_per_second": round(a.batch * a.context / step, 1),
    }))


if __name__ == "__main__":
    main()
