"""What transformers reads and writes of the prompts of ours.json; see scripts/judge-exports.

    python3 scripts/peers/exports/hub.py ANSWERS TOKENS PATH...

ANSWERS is the file to add answers to, a line each; PATH a folder of that library's, or a GGUF file, whose directory has
an ours.json. Parameters are taken as float32.
"""
import json
import logging
import pathlib
import sys

import torch
import transformers


def opened(path):
    """The model, its tokenizer, and what was missing or left over."""
    if path.is_dir():
        where, file = path, {}
    else:
        where, file = path.parent, {"gguf_file": path.name}
    model, info = transformers.AutoModelForCausalLM.from_pretrained(
        where, dtype=torch.float32, output_loading_info=True, **file)
    faults = [str(key) for kind in ("missing_keys", "unexpected_keys", "mismatched_keys") for key in info[kind]]
    return model.eval(), transformers.AutoTokenizer.from_pretrained(where, **file), faults


@torch.no_grad()
def answer(model, tokenizer, ours, tokens):
    ids = tokenizer(ours["prompt"], split_special_tokens=True)["input_ids"]
    written = model.generate(torch.tensor([ids]), do_sample=False, max_new_tokens=tokens)[0, len(ids):].tolist()
    if written and written[-1] == model.generation_config.eos_token_id:
        written.pop()
    read = torch.tensor([(ours["ids"] + ours["written"])[:len(ours["ids"]) + len(ours["logits"]) - 1]])
    logits = model(read).logits[0, len(ours["ids"]) - 1:]
    difference = (logits - torch.tensor(ours["logits"])).abs().max().item()
    return {"ids": ids, "written": written, "text": tokenizer.decode(written), "difference": difference}


def main(answers, tokens, paths):
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    with open(answers, "a", encoding="utf-8") as out:
        for path in map(pathlib.Path, paths):
            result = {"judge": "transformers", "version": transformers.__version__, "file": str(path)}
            try:
                model, tokenizer, faults = opened(path)
                if faults:
                    raise ValueError("missing or left over: " + ", ".join(faults))
                result["prompts"] = [answer(model, tokenizer, ours, int(tokens))
                                     for ours in json.loads((path.parent / "ours.json").read_text(encoding="utf-8"))]
            except Exception as error:  # What a reader refuses is an answer, too.
                result["error"] = f"{type(error).__name__}: {error}"
            out.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
