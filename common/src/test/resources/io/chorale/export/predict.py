"""Predicts with exported models as MLflow does: its code directory on the path, its loader's
module imported, its data given. Standard input names models and rows, standard output gets what
is predicted, a JSON list each."""

import importlib
import json
import os
import sys

found = []
for case in json.load(sys.stdin):
    sys.path.insert(0, os.path.join(case["folder"], case["code"]))
    loader = importlib.import_module(case["loader_module"])
    model = loader._load_pyfunc(os.path.join(case["folder"], case["data"]))
    found.append(model.predict(case["rows"]))
json.dump(found, sys.stdout)
