"""Reads folders that were exported with transformers, and says how far they are from what was expected."""
import json
import logging
import sys

import torch
import transformers

transformers.logging.set_verbosity_error()
logging.disable(logging.WARNING)
answers = []
for asked in json.load(sys.stdin):
    kind = getattr(transformers, asked["class"])
    of_file = {"gguf_file": asked["gguf"]} if "gguf" in asked else {}
    model, info = kind.from_pretrained(
        asked["folder"], dtype=torch.float32, output_loading_info=True, **of_file)
    model.eval()
    rows = []
    with torch.no_grad():
        for row in asked["rows"]:
            logits = model(input_ids=torch.tensor([row["ids"]])).logits[0]
            if "tags" in row:
                found = [model.config.id2label[int(k)] for k in logits.argmax(-1)]
                rows.append(0.0 if found == row["tags"] else 1.0)
                continue
            expected = torch.tensor(row["logits"])
            rows.append(float((logits[-len(expected):] - expected).abs().max()))
    texts = []
    if asked["texts"]:
        tokenizer = transformers.AutoTokenizer.from_pretrained(asked["folder"])
    for text in asked["texts"]:
        ids = tokenizer(text["text"], split_special_tokens=True)["input_ids"]
        texts.append({"ids": ids, "decoded": tokenizer.decode(text["ids"], skip_special_tokens=True)})
    answers.append({
        "differences": rows,
        "missing": sorted(info["missing_keys"]) + sorted(info["unexpected_keys"]) + [str(k) for k in info["mismatched_keys"]],
        "class": type(model).__name__,
        "end": model.config.eos_token_id,
        "texts": texts,
    })
json.dump(answers, sys.stdout)
