"""The data of the classifier of scripts/judge-exports, and what "predict" has written of it as an ours.json.

    python3 scripts/peers/exports/classes.py data TEXT PROMPTS DIRECTORY
    python3 scripts/peers/exports/classes.py answers PREDICTIONS TOKENIZER OURS
"""
import json
import pathlib
import sys

from tokenizers import Tokenizer


def data(text, prompts, directory):
    lines = sorted({line for line in pathlib.Path(text).read_text(encoding="utf-8").split("\n") if line.strip()})
    labelled = [{"text": line, "label": "code" if "`" in line else "prose"} for line in lines]
    asked = [{"text": prompt} for prompt in json.loads(pathlib.Path(prompts).read_text(encoding="utf-8"))]
    for name, rows in (("classes", labelled), ("prompts", asked)):
        written = "".join(json.dumps(row) + "\n" for row in rows)
        pathlib.Path(directory, name + ".jsonl").write_text(written, encoding="utf-8")


def answers(predictions, file, ours):
    tokenizer = Tokenizer.from_file(file)
    end = tokenizer.token_to_id("<|endoftext|>")
    rows = [json.loads(line) for part in sorted(pathlib.Path(predictions).glob("part-*"))
            for line in part.read_text(encoding="utf-8").split("\n") if line]
    pathlib.Path(ours).write_text(json.dumps([
        {"prompt": row["text"], "ids": tokenizer.encode(row["text"]).ids + [end], "text": row["predicted_class"],
         "probabilities": row["predicted_probabilities"]} for row in rows]), encoding="utf-8")


if __name__ == "__main__":
    {"data": data, "answers": answers}[sys.argv[1]](*sys.argv[2:])
