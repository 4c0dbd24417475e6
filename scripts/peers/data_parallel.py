"""Two processes that exchange gradients in every step, in PyTorch: the peer that `scripts/shaped-network` runs over the
same link as a Chorale training, from that training's settings.

Each rank draws random blocks of the training text, as many a step as a Chorale worker; the gradients' mean over all
ranks makes one AdamW step (DistributedDataParallel on gloo). Model, schedule, clipping and steps are Chorale's. The first
rank prints the tokens a second of both, the bytes that a step sends, and the loss over the whole validation split as
time goes on; the time of evaluating is left out.

    python3 scripts/peers/data_parallel.py RUN_DIRECTORY --rank 0 --address 198.18.77.1 --interface eth0
"""
import argparse
import os
import time
from types import SimpleNamespace

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from model_step import Transformer
from recurrent_lm import learning_rate

SUPPORTED = {"model.kind": "transformer", "attention.positions": "learned", "attention.norm": "layer", "attention.activation": "gelu",
             "attention.bias": "false", "model.tied-head": "true", "attention.feed-forward": "0", "model.dropout": "0.0",
             "train.optimizer": "adamw", "train.schedule": "cosine", "train.precision": "float32", "data.split": "tail"}


def read_settings(path):
    """What Chorale writes: sections of scalars and lists, two levels deep, with `corpus.paths` as the only list."""
    settings, section = {}, ""
    for line in open(path, encoding="utf-8"):
        key, _, value = line.strip().partition(":")
        if line.startswith("  - "):
            settings.setdefault("corpus.paths", line.strip()[2:].strip('"'))
        elif line.startswith("  "):
            if value:
                settings[f"{section}.{key}"] = value.strip().strip('"')
        else:
            section = key
    for key, value in SUPPORTED.items():
        if settings[key] != value:
            raise SystemExit(f"Cannot run the peer: {key} is {settings[key]}, expected {value}. Change it, or leave --peer out.")
    return settings


def blocks(ids, at, context):
    return torch.stack([ids[i : i + context] for i in at]), torch.stack([ids[i + 1 : i + context + 1] for i in at])


@torch.no_grad()
def validation_loss(model, ids, context):
    count = (len(ids) - 1) // context
    total = 0.0
    for at in range(0, count, 64):
        inputs, targets = blocks(ids, range(at * context, min(at + 64, count) * context, context), context)
        total += F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten(), reduction="sum").item()
    return total / (count * context)


def sent(interface):
    return int(open(f"/sys/class/net/{interface}/statistics/tx_bytes").read())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("--rank", type=int, required=True)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--address", required=True, help="of rank 0")
    parser.add_argument("--interface", required=True)
    a = parser.parse_args()

    settings = read_settings(os.path.join(a.run, "settings.yaml"))
    number = lambda key: float(settings[key])  # noqa: E731
    context, batch, steps = (int(settings["train." + k]) for k in ("context", "batch", "steps"))
    schedule = SimpleNamespace(steps=steps, warmup=number("train.warmup"), learning_rate=number("train.learning-rate"),
                               min_learning_rate=number("train.min-learning-rate"))

    torch.set_num_threads(1)
    torch.manual_seed(int(settings["train.seed"]))
    text = open(settings["corpus.paths"], encoding="utf-8", newline="").read()
    vocabulary = {c: i for i, c in enumerate(sorted(set(text)))}
    ids = torch.tensor([vocabulary[c] for c in text])
    held_out = int(len(ids) * number("data.validation"))
    train, validation = ids[:-held_out], ids[-held_out:]
    draw = torch.Generator().manual_seed(1000 + a.rank)

    model = Transformer(SimpleNamespace(
        vocabulary=len(vocabulary), context=context, layers=int(settings["model.layers"]),
        heads=int(settings["attention.heads"]), width=int(settings["model.width"])))
    groups = [{"params": [p for p in model.parameters() if p.dim() >= 2], "weight_decay": number("train.weight-decay")},
              {"params": [p for p in model.parameters() if p.dim() < 2], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=schedule.learning_rate, betas=(number("train.beta1"), number("train.beta2")), fused=True)
    os.environ.update(MASTER_ADDR=a.address, MASTER_PORT="29533", GLOO_SOCKET_IFNAME=a.interface, USE_LIBUV="0")
    dist.init_process_group("gloo", rank=a.rank, world_size=a.ranks)
    parallel = DistributedDataParallel(model)

    every = int(settings["evaluate.every"]) * int(settings["train.average-every"]) or steps
    seconds, timed_seconds, timed_steps, timed_bytes = 0.0, 0.0, 0, 0
    for step in range(steps):
        begin, bytes_before = time.perf_counter(), sent(a.interface)
        at = torch.randint(len(train) - context, (batch,), generator=draw).tolist()
        inputs, targets = blocks(train, at, context)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, schedule)
        loss = F.cross_entropy(parallel(inputs).flatten(0, 1), targets.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), number("train.clip"))
        optimizer.step()
        seconds += time.perf_counter() - begin
        if step >= steps // 2:
            timed_seconds += time.perf_counter() - begin
            timed_steps += 1
            timed_bytes += sent(a.interface) - bytes_before
        if (step + 1) % every == 0:
            if a.rank == 0:
                loss = validation_loss(model, validation, context)
                print(f"pytorch: step {step + 1}, {seconds:.1f} s of training: validation loss {loss:.4f}", flush=True)
            dist.barrier()
    if a.rank == 0:
        print(f"pytorch {torch.__version__}, gradients in every step: {a.ranks * batch * context * timed_steps / timed_seconds:.0f} "
              f"tokens/s; a step sends {timed_bytes / timed_steps / 1e6:.2f} MB from each machine", flush=True)
    dist.barrier()
    os._exit(0)  # an ordinary exit would let gloo's threads abort


if __name__ == "__main__":
    main()
