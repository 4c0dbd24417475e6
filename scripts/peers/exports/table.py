"""The table of scripts/judge-exports: a row for each model and form, with what each judge found.

    python3 scripts/peers/exports/table.py ANSWERS

Exit code 1 where a judge differs: in its tokens, in what it writes, or in a score by more than the form allows.
"""
import bisect
import itertools
import json
import os
import pathlib
import sys

# The largest difference of a score, as a share of the largest score where that is above 1. Readers of GGUF keep keys and
# values of attention in half precision, GPT-2's GELU too, and round what they multiply to the type of the matrix.
CLOSE = {"hf": 1e-4, "onnx 18": 1e-4, "onnx 23": 1e-4, "gguf float32": 1e-2, "gguf float16": 1e-2, "gguf bfloat16": 5e-2}
REPLACED = "\ufffd"
TIE = "at a tie"

# What a judge is known not to read, by the form and the model: no fault of what it was given.
LIMITS = {
    ("transformers", "gguf", "as GPT-NeoX"): "reads no GPT-NeoX as GGUF",
    ("transformers", "gguf", "Llama"): "reads no rope_freqs",
    ("de.kherud:llama", "gguf", "Qwen3"): "knows no Qwen3",
}


def form(path):
    kinds = {".gguf": "gguf ", ".onnx": "onnx "}
    return kinds[path.suffix] + path.stem if path.suffix in kinds else "hf"


def largest(ours):
    return max([1] + [abs(score) for step in ours.get("logits", []) for score in step])


def departs(ours, found):
    """The first token of ours that was not written there, and what was in its place, where that is told; -1: none."""
    if "written" in found:
        for step, pair in enumerate(itertools.zip_longest(ours["written"], found["written"])):
            if pair[0] != pair[1]:
                return step, pair[1]
        return -1, None
    # Bytes that are no text are told otherwise by each reader.
    text = ours["text"].split(REPLACED)[0]
    same = len(os.path.commonprefix([text, found["text"]]))
    return (-1, None) if same == len(text) else (bisect.bisect_right(ours["lengths"], same), None)


def agrees(ours, found, close):
    """Whether the same was written: up to where the scores of two tokens are so near that a judge may well have them the
    other way round, as each is off by as much as its scores are, or else as the form allows."""
    if "logits" not in ours:
        return found["text"] == ours["text"]
    step, other = departs(ours, found)
    if step < 0:
        return True
    scores = ours["logits"][step] if step < len(ours["logits"]) else []
    if not scores:
        return False
    taken = scores[ours["written"][step]] if step < len(ours["written"]) else max(scores)
    second = scores[other] if other is not None else sorted(scores)[-2]
    return TIE if abs(taken - second) <= 2 * found.get("difference", close) else False


def cell(result, ours):
    """The largest difference and how many texts are equal; and whether that is as it should be."""
    path = pathlib.Path(result["file"])
    limit = LIMITS.get((result["judge"], form(path).split()[0], path.parent.name))
    if limit:
        return limit, True
    if "error" in result:
        return "fails: " + " ".join(result["error"].split())[:80], False
    close = CLOSE[form(path)]
    pairs = list(zip(ours, result["prompts"], strict=True))
    other = [each["prompt"] for each, found in pairs if found.get("ids", each["ids"]) != each["ids"]]
    same = [agrees(each, found, close * largest(each)) for each, found in pairs]
    differences = [found["difference"] / largest(each) for each, found in pairs if "difference" in found]
    told = [f"{max(differences):.1e}"] if differences else []
    told.append(f"{sum(each is True for each in same)} of {len(same)}")
    if TIE in same:
        told.append(f"{same.count(TIE)} {TIE}")
    if other:
        told.append("other tokens: " + ", ".join(map(repr, other)))
    return ", ".join(told), all(same) and not other and max(differences, default=0) <= close


def main(answers):
    results = [json.loads(line) for line in open(answers, encoding="utf-8")]
    judges = {each["judge"]: each["version"] for each in results}
    print("| model | form | " + " | ".join(f"{judge} {version}" for judge, version in judges.items()) + " |")
    print("|---" * (2 + len(judges)) + "|")
    rows, right = {}, True
    for result in results:
        path = pathlib.Path(result["file"])
        ours = json.loads((path.parent / "ours.json").read_text(encoding="utf-8"))
        told, good = cell(result, ours)
        right = right and good
        rows.setdefault((path.parent.name, form(path)), {})[result["judge"]] = told if good else f"**{told}**"
    for (model, kind), cells in sorted(rows.items()):
        print(f"| {model} | {kind} | " + " | ".join(cells.get(judge, "") for judge in judges) + " |")
    return 0 if right and rows else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
