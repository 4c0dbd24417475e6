"""Compares what the command generate writes with ours.json; see scripts/judge-exports.

    python3 scripts/peers/exports/generated.py prompts OURS               the prompts that are one line, for --stdin
    python3 scripts/peers/exports/generated.py check OURS GENERATED       exit code 1 where a text differs
"""
import json
import pathlib
import sys


def read(ours):
    rows = json.loads(pathlib.Path(ours).read_text(encoding="utf-8"))
    return {each["prompt"]: each["text"] for each in rows if not set("\r\n") & set(each["prompt"])}


def prompts(ours):
    sys.stdout.buffer.write("".join(prompt + "\n" for prompt in read(ours)).encode())


def check(ours, generated):
    expected = read(ours)
    found = [json.loads(line) for line in open(generated, encoding="utf-8")]
    for each in found:
        if each["text"] != expected[each["prompt"]]:
            sys.exit(f"{ours}: generate writes {each['text']!r} after {each['prompt']!r}, expected {expected[each['prompt']]!r}")
    if len(found) != len(expected):
        sys.exit(f"{ours}: generate has written {len(found)} texts, expected {len(expected)}")


if __name__ == "__main__":
    {"prompts": prompts, "check": check}[sys.argv[1]](*sys.argv[2:])
