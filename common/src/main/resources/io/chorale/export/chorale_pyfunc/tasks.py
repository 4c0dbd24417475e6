"""What each task predicts for a row, of the vectors that a backbone makes of its steps."""

import math
import os

import numpy as np

from . import arrays, tokenizers_of_chorale
from .beams import BeamSearch
from .generation import Generator
from .recurrent import Recurrent
from .transformer import Transformer

_HIDDEN_AT_ONCE = 64


def of(facts, weights, reader, path):
    """The task of a model whose files lie in a directory."""
    task = _TASKS[facts["task"]](facts, weights, reader)
    if "writes" in facts:
        file = os.path.join(path, facts["writes"]["file"])
        task.tokenizer = tokenizers_of_chorale.load(file, facts["writes"])
    return task


class _Task:
    prefix = "encoder."

    def __init__(self, facts, weights, reader):
        self.facts = facts
        self.weights = weights
        self.reader = reader
        self.context = facts["context"]
        self.backbone = self.network(self.prefix, facts["causal"])

    def network(self, prefix, causal):
        """A backbone whose parameters' names begin so."""
        model = self.facts["model"]
        kind = Transformer if model["kind"] == "transformer" else Recurrent
        return kind(self.weights, prefix, model, causal)

    def vectors(self, values, state=None):
        """The vectors of steps, and the state after them, of ids [..., T] or numbers [T, C]."""
        if values.dtype == np.int64:
            return self.backbone.read(self.weights["embedding.weight"][values], state)
        return self.backbone.read(arrays.linear(self.weights, "projection", values), state)

    def scores(self, vectors):
        """Scores of tokens or classes by the head, which may be the embedding's matrix."""
        if "head.weight" in self.weights:
            return arrays.linear(self.weights, "head", vectors)
        scores = vectors @ self.weights["embedding.weight"].T
        bias = self.weights.get("head.bias")
        return scores if bias is None else scores + bias

    def pooled(self, row):
        """One vector of a row."""
        values, state = self.vectors(row[: self.context])
        pooling = self.facts["pooling"]
        if pooling == "last":
            return self.backbone.ends(values, state)
        if pooling == "learned":
            return arrays.softmax(values @ self.weights["pool.query"]) @ values
        return values.mean(0)


class _Classification(_Task):
    def predict(self, row, number):
        scores = self.scores(self.pooled(row))
        shares = arrays.softmax(scores.astype(np.float64))
        labels = self.facts["labels"]
        return {
            "class": labels[int(scores.argmax())],
            "probabilities": {label: float(share) for label, share in zip(labels, shares)},
        }


class _Tagging(_Task):
    def predict(self, row, number):
        values, _ = self.vectors(row[: self.context])
        best = self.scores(values).argmax(-1)
        return {"tags": [self.facts["labels"][tag] for tag in best]}


class _Regression(_Task):
    def predict(self, row, number):
        found = float(self.scores(self.pooled(row))[0])
        return {"number": self.facts["mean"] + self.facts["deviation"] * found}


class _Contrastive(_Task):
    def predict(self, row, number):
        vector = self.pooled(row)
        return {"vector": (vector / max(math.sqrt(float(vector @ vector)), 1e-12)).tolist()}


class _MaskedLanguageModel(_Task):
    """The exponential of the mean loss of a text's tokens, each hidden alone."""

    def predict(self, row, number):
        row = row[: self.context]
        nats = 0.0
        for first in range(0, len(row), _HIDDEN_AT_ONCE):
            places = np.arange(first, min(first + _HIDDEN_AT_ONCE, len(row)))
            rows = np.repeat(row[None], len(places), 0)
            rows[np.arange(len(places)), places] = self.facts["mask"]
            values, _ = self.vectors(rows)
            scores = self.scores(values[np.arange(len(places)), places])
            logs = arrays.log_softmax(scores.astype(np.float64))
            nats -= float(logs[np.arange(len(places)), row[places]].sum())
        return {"perplexity": math.exp(nats / len(row))}


class _LanguageModel(_Task):
    prefix = ""

    def __init__(self, facts, weights, reader):
        super().__init__(facts, weights, reader)
        self.carries = self.backbone.carries
        self.generator = Generator(self, reader.tokenizer, self.context, facts["generate"])

    def next(self, ids, state):
        """The logits of the token after ids, and the state after them."""
        values, after = self.vectors(ids, state)
        return np.array(self.scores(values[-1])), after

    def predict(self, row, number):
        return {"text": self.generator.write([int(i) for i in row], number)}


class _Target(_Task):
    """Writes a text by a beam search: of each step's texts the decoder reads the last token."""

    prefix = "decoder."

    def written(self, read, state):
        """read: vectors of tokens [B, 1, E] and a state to the decoder's vectors, and the state."""
        table = self.weights["embedding.weight"]

        def scores(ids, before):
            vectors, after = read(table[np.array(ids)][:, None], before)
            return arrays.log_softmax(self.scores(vectors[:, 0])), after

        search = BeamSearch(self.facts["generate"], self.context, self.tokenizer)
        # What stands before the first token is the entry after all tokens.
        ids, score = search.search(scores, len(table) - 1, state)
        decoder = self.tokenizer.decoder()
        text = "".join(decoder.add(number) for number in ids) + decoder.end()
        return {"text": text, "score": score}


class _Translation(_Target):
    def __init__(self, facts, weights, reader):
        super().__init__(facts, weights, reader)
        self.encoder = self.network("encoder.", False)
        self.source = weights.get("source.weight", weights["embedding.weight"])

    def predict(self, row, number):
        values, state = self.encoder.read(self.source[row[: self.context]])
        memory = self.backbone.look_at(values, state)
        return self.written(
            lambda x, before: self.backbone.read(x, before, memory), self.backbone.begin(memory)
        )


class _FromVector(_Target):
    def predict(self, row, number):
        prefix = arrays.linear(self.weights, "prefix", row)
        return self.written(
            lambda x, before: self.backbone.read(x + prefix if before is None else x, before), None
        )


_TASKS = {
    "classification": _Classification,
    "contrastive": _Contrastive,
    "from-vector": _FromVector,
    "language-model": _LanguageModel,
    "masked-language-model": _MaskedLanguageModel,
    "regression": _Regression,
    "tagging": _Tagging,
    "translation": _Translation,
}
