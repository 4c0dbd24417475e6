"""A recurrent language model trained in PyTorch: the peer of a Chorale run such as conf/irish-lstm.yaml.

One text, one character a token; the first part trains, the last part validates. Truncated backpropagation: the text is
cut into as many lanes as the batch has rows, each step goes on where the step before ended, and the state is carried
over (a new epoch begins with a state of zeros). Initial values, optimizer, schedule and clipping are Chorale's.
Prints one JSON object with the mean loss in nats over the whole validation part, the state carried through it.

    python3 scripts/peers/recurrent_lm.py data/irish.abc
"""
import argparse
import json
import math
import time

import torch
import torch.nn.functional as F
from torch import nn


class LanguageModel(nn.Module):
    def __init__(self, a, vocabulary):
        super().__init__()
        embedding = a.embedding or a.width
        self.tokens = nn.Embedding(vocabulary, embedding)
        kind = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[a.kind]
        extra = {"nonlinearity": a.nonlinearity} if a.kind == "rnn" else {}
        self.layers = kind(embedding, a.width, a.layers, dropout=a.dropout, **extra)
        self.head = nn.Linear(a.width, vocabulary)
        if a.tied_head:
            self.head.weight = self.tokens.weight
        self.initialise(a)

    @torch.no_grad()
    def initialise(self, a):
        """Biases of zero, a forget gate that is open, an embedding of deviation 0.1; the rest as PyTorch does."""
        self.tokens.weight.normal_(0, 0.1)
        self.head.bias.zero_()
        for name, p in self.layers.named_parameters():
            if name.startswith("bias"):
                p.zero_()
                if a.kind == "lstm" and name.startswith("bias_ih"):
                    p[a.width : 2 * a.width] = a.forget_bias
            elif a.kind == "rnn" and a.recurrent_init == "identity":
                nn.init.eye_(p) if name.startswith("weight_hh") else p.normal_(0, 0.001)
            elif a.kind == "rnn" and name.startswith("weight_hh"):
                p.normal_(0, a.width**-0.5)

    def forward(self, ids, state):  # [T, B]
        hidden, state = self.layers(self.tokens(ids), state)
        return self.head(hidden), state


def detached(state):
    return tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


@torch.no_grad()
def validation_loss(model, ids, context):
    model.eval()
    state, total = None, 0.0
    for at in range(0, len(ids) - 1, context):
        inputs = ids[at : min(at + context, len(ids) - 1)]
        logits, state = model(inputs[:, None], state)
        total += F.cross_entropy(logits[:, 0], ids[at + 1 : at + 1 + len(inputs)], reduction="sum").item()
    model.train()
    return total / (len(ids) - 1)


def learning_rate(step, a):
    if step < a.warmup:
        return a.learning_rate * (step + 1) / (a.warmup + 1)
    share = (step - a.warmup) / max(1, a.steps - a.warmup)
    return a.min_learning_rate + 0.5 * (1 + math.cos(math.pi * share)) * (a.learning_rate - a.min_learning_rate)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("text")
    p.add_argument("--kind", choices=["lstm", "gru", "rnn"], default="lstm")
    p.add_argument("--nonlinearity", choices=["tanh", "relu"], default="tanh")
    p.add_argument("--recurrent-init", choices=["normal", "identity"], default="normal")
    p.add_argument("--tied-head", action="store_true")
    for name, default in [("threads", 1), ("seed", 1), ("steps", 2000), ("batch", 16), ("context", 128), ("layers", 2),
                          ("width", 256), ("embedding", 64), ("warmup", 100), ("evaluate-every", 0)]:
        p.add_argument("--" + name, type=int, default=default)
    for name, default in [("learning-rate", 3e-3), ("min-learning-rate", 1e-4), ("beta1", 0.9), ("beta2", 0.99),
                          ("weight-decay", 0.1), ("clip", 1.0), ("dropout", 0.3), ("forget-bias", 1.0),
                          ("validation", 0.1)]:
        p.add_argument("--" + name, type=float, default=default)
    a = p.parse_args()

    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    text = open(a.text, encoding="utf-8", newline="").read()
    vocabulary = {c: i for i, c in enumerate(sorted(set(text)))}
    end_of_text = len(vocabulary)  # a document ends with it
    ids = torch.tensor([vocabulary[c] for c in text] + [end_of_text])
    held_out = int(len(ids) * a.validation)
    train, validation = ids[:-held_out], ids[-held_out:]

    model = LanguageModel(a, len(vocabulary) + 1)
    groups = [{"params": [q for q in model.parameters() if q.dim() >= 2], "weight_decay": a.weight_decay},
              {"params": [q for q in model.parameters() if q.dim() < 2], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=a.learning_rate, betas=(a.beta1, a.beta2), fused=True)

    lane = (len(train) - 1) // a.batch
    blocks = lane // a.context
    inputs, targets = (train[k : k + lane * a.batch].view(a.batch, lane).T for k in (0, 1))  # [lane, B]
    state, train_loss, seconds = None, 0.0, 0.0
    for step in range(a.steps):
        start = time.perf_counter()
        at = step % blocks * a.context
        state = None if at == 0 else detached(state)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, a)
        logits, state = model(inputs[at : at + a.context], state)
        loss = F.cross_entropy(logits.flatten(0, 1), targets[at : at + a.context].flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), a.clip)
        optimizer.step()
        train_loss += 0.05 * (loss.item() - train_loss) if step else loss.item()
        seconds += time.perf_counter() - start
        if a.evaluate_every and (step + 1) % a.evaluate_every == 0:
            loss = validation_loss(model, validation, a.context)
            print(f"step {step + 1} train {train_loss:.4f} validation {loss:.4f} seconds {seconds:.0f}", flush=True)

    print(json.dumps({
        "peer": "pytorch", "version": torch.__version__, **vars(a), "vocabulary": len(vocabulary) + 1,
        "parameters": sum(q.numel() for q in model.parameters()), "train_loss": round(train_loss, 4),
        "validation_loss": round(validation_loss(model, validation, a.context), 4),
        "validation_tokens": len(validation) - 1, "train_seconds": round(seconds, 1),
        "tokens_per_second": round(a.steps * a.batch * a.context / seconds, 1),
    }))


if __name__ == "__main__":
    main()
