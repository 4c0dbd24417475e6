"""What ONNX Runtime computes for the prompts of ours.json; see scripts/judge-exports.

    python3 scripts/peers/exports/graphs.py ANSWERS TOKENS FILE...

ANSWERS is the file to add answers to, a line each; FILE a graph whose directory has an ours.json. A language model goes on
from the state, or the past, that its graph gives, or reads all of the text again where it gives none.
"""
import json
import pathlib
import sys

import numpy
import onnxruntime


class Graph:
    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.facts = self.session.get_modelmeta().custom_metadata_map
        self.outputs = [each.name for each in self.session.get_outputs()]
        # Zeros of a state; of a past, no steps.
        self.first = {each.name: numpy.zeros([1 if size == "batch" else 0 if isinstance(size, str) else size
                                              for size in each.shape], numpy.float32)
                      for each in self.session.get_inputs() if each.name not in ("ids", "lengths")}

    def call(self, ids, state):
        given = {"ids": numpy.array([ids], numpy.int64), "lengths": numpy.array([len(ids)], numpy.int64)} | state
        made = dict(zip(self.outputs, self.session.run(None, {
            each.name: given[each.name] for each in self.session.get_inputs()})))
        left = {name.removesuffix("_next") if name.endswith("_next") else "past_" + name: value
                for name, value in made.items() if name != "logits"}
        return made["logits"][0], left

    def read(self, ids, before, state):
        """The scores after all of them, and what the graph can go on from."""
        if not self.first:
            return self.call(before + ids, {})
        return self.call(ids, state)


def written(graph, ours, tokens):
    """What is written, and the largest difference of a score on the way of ours."""
    logits, state = graph.read(ours["ids"], [], graph.first)
    differences, ids, read = [], [], list(ours["ids"])
    for step, expected in enumerate(ours["logits"]):
        differences.append(float(numpy.abs(logits[-1] - numpy.array(expected)).max()))
        if step < len(ours["written"]):
            logits, state = graph.read([ours["written"][step]], read, state)
            read.append(ours["written"][step])
    logits, state = graph.read(ours["ids"], [], graph.first)
    read = list(ours["ids"])
    while len(ids) < tokens:
        best = int(logits[-1].argmax())
        if best == int(graph.facts["end"]):
            break
        ids.append(best)
        logits, state = graph.read([best], read, state)
        read.append(best)
    return {"written": ids, "difference": max(differences)}


def main(answers, tokens, files):
    with open(answers, "a", encoding="utf-8") as out:
        for file in files:
            result = {"judge": "onnxruntime", "version": onnxruntime.__version__, "file": file}
            try:
                graph = Graph(file)
                rows = json.loads(pathlib.Path(file).with_name("ours.json").read_text(encoding="utf-8"))
                if graph.facts["task"] == "classification":
                    result["prompts"] = [classified(graph, ours) for ours in rows]
                else:
                    result["prompts"] = [written(graph, ours, int(tokens)) for ours in rows]
            except Exception as error:  # What a runtime refuses is an answer, too.
                result["error"] = f"{type(error).__name__}: {error}"
            out.write(json.dumps(result) + "\n")


def classified(graph, ours):
    logits, _ = graph.call(ours["ids"], {})
    logarithms = logits - numpy.log(numpy.exp(logits - logits.max()).sum()) - logits.max()
    labels = json.loads(graph.facts["labels"])
    difference = max(abs(float(logarithms[k]) - numpy.log(ours["probabilities"][label]))
                     for k, label in enumerate(labels))
    return {"text": labels[int(logits.argmax())], "difference": difference}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
