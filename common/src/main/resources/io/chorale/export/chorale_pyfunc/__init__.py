"""Loads a model of Chorale for MLflow's python_function flavor; computes with numpy alone.

Nothing here runs code of the model's files: they are JSON and safetensors; a chat template runs in
Jinja's sandbox.
"""

import json
import os

from . import arrays, readers, tasks

_FORMAT = "chorale-pyfunc"
_VERSION = 3


def _load_pyfunc(path, model_config=None):
    """The model whose files lie in a directory; what MLflow calls."""
    with open(os.path.join(path, "model.json"), encoding="utf-8") as file:
        facts = json.load(file)
    if facts.get("format") != _FORMAT or facts.get("version") != _VERSION:
        raise ValueError(
            f"Cannot load model {path}: it has format {facts.get('format')} version"
            f" {facts.get('version')}, expected {_FORMAT} version {_VERSION}. Use the code that"
            " lies beside it, in a process of its own where another model's code is loaded."
        )
    weights = arrays.read(os.path.join(path, "model.safetensors"))
    return Model(facts, tasks.of(facts, weights, readers.of(facts["input"], path), path))


class Model:
    """A trained model. A row for which there is no prediction has a reason instead."""

    def __init__(self, facts, task):
        self.facts = facts
        self.task = task

    def predict(self, model_input, params=None):
        """Predictions, one for each row, in their order.

        model_input: a pandas DataFrame with the model's column, or with one column; a dict of a
        list; or a list of values, or of dicts. The result is a DataFrame for a DataFrame, and a
        list of dicts for all else.
        """
        values, frame = self._values(model_input)
        names = list(self.facts["outputs"]) + ["reason"]
        rows = []
        for number, value in enumerate(values):
            row = dict.fromkeys(names)
            try:
                row.update(self.task.predict(self.task.reader.read(value), number))
            except readers.Unfit as unfit:
                row["reason"] = str(unfit)
            rows.append(row)
        if frame is None:
            return rows
        import pandas

        return pandas.DataFrame(rows, columns=names, index=frame.index)

    def _values(self, given):
        """The column of the input, and the DataFrame that it comes from, where it does."""
        name = self.facts["input"]["name"]
        if hasattr(given, "columns") and hasattr(given, "iloc"):
            if name in given.columns:
                return given[name].tolist(), given
            if len(given.columns) == 1:
                return given.iloc[:, 0].tolist(), given
            raise ValueError(
                f"Cannot predict: the input has the columns {list(given.columns)}, expected {name}."
            )
        if isinstance(given, dict):
            if name not in given:
                raise ValueError(f"Cannot predict: the input has {list(given)}, expected {name}.")
            return list(given[name]), None
        if isinstance(given, str):
            return [given], None
        return [each.get(name) if isinstance(each, dict) else each for each in given], None
