"""The loss of a folder of transformers' on a split of a dataset, of the same predictions as the command evaluate makes: of
each shard every token but the first, in blocks that each stand for themselves; see scripts/fine-tune-story.

    python3 scripts/peers/exports/losses.py FOLDER DATASET CONTEXT [STEPS OUTPUT]

Prints the loss of the validation split, in nats a token. With STEPS it is trained before by so many steps of AdamW on
blocks of the training split, and saved in OUTPUT with its tokenizer.
"""
import pathlib
import sys

import torch
import transformers
from safetensors.numpy import load_file

BATCH = 16


def streams(dataset, split):
    for shard in sorted(pathlib.Path(dataset, split).glob("shard-*.safetensors")):
        yield torch.from_numpy(load_file(shard)["text.values"].astype("int64"))


def loss(model, inputs, targets, reduction):
    logits = model(inputs).logits
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction=reduction)


@torch.no_grad()
def evaluated(model, dataset, context):
    model.eval()
    nats, count = 0.0, 0
    for ids in streams(dataset, "validation"):
        inputs, targets = ids[:-1], ids[1:]
        whole = len(inputs) // context * context
        batches = list(zip(inputs[:whole].view(-1, context).split(BATCH), targets[:whole].view(-1, context).split(BATCH)))
        if whole < len(inputs):
            batches.append((inputs[None, whole:], targets[None, whole:]))
        for batch in batches:
            nats += loss(model, *batch, "sum").item()
        count += len(inputs)
    return nats / count


def trained(model, dataset, context, steps):
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.1)
    ids = next(streams(dataset, "train"))
    size = BATCH * context
    for step in range(steps):
        part = ids[step * size:(step + 1) * size + 1]
        loss(model, part[:-1].view(BATCH, context), part[1:].view(BATCH, context), "mean").backward()
        optimizer.step()
        optimizer.zero_grad()


def main(folder, dataset, context, steps="0", output=""):
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    trained(model, dataset, int(context), int(steps))
    if output:
        model.save_pretrained(output)
        transformers.AutoTokenizer.from_pretrained(folder).save_pretrained(output)
    print(f"{evaluated(model, dataset, int(context)):.6f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
