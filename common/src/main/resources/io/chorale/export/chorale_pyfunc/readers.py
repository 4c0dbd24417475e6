"""What becomes of a row's value before a model reads it, by the rules of the command predict."""

import os

import numpy as np

from . import tokenizers_of_chorale
from .chat import Chat, Refused

_BLANKS = set("\t\n\v\f\r\x1c\x1d\x1e\x1f \u1680\u2028\u2029\u205f\u3000") | {
    chr(c) for c in range(0x2000, 0x200B) if c != 0x2007
}


class Unfit(Exception):
    """Why there is no prediction for a row."""


def of(facts, path):
    """The reader of the model's column."""
    if facts["kind"] == "text":
        known = facts["tokenizer"]
        file = os.path.join(path, known["file"])
        return Text(facts, tokenizers_of_chorale.load(file, known))
    return Vector(facts) if facts["kind"] == "vector" else Series(facts)


class Text:
    """Ids of a text. A list is of words, which stand for themselves.

    facts: begin (ids before each), ends (whether the end-of-text id follows), by-word (whether each
    word is an id), chat (how answers are asked for; null where texts are gone on from).
    """

    def __init__(self, facts, tokenizer):
        self.tokenizer = tokenizer
        self.begin = facts["begin"]
        self.ends = facts["ends"]
        self.by_word = facts["by-word"]
        self.chat = Chat(facts["chat"], tokenizer) if facts["chat"] else None

    def read(self, value):
        if self.chat:
            return self._asked(value)
        if isinstance(value, str):
            self._check(value)
            if set(value) <= _BLANKS:
                raise Unfit("empty")
            if self.by_word:
                return self._words(tokenizers_of_chorale.words(value))
            return self._ended(self.tokenizer.encode(value))
        if isinstance(value, (list, tuple, np.ndarray)):
            return self._words([str(word) for word in value])
        raise Unfit("no-text")

    def _asked(self, value):
        """A prompt is one message of the user; a list is of messages."""
        if isinstance(value, str):
            if set(value) <= _BLANKS:
                raise Unfit("empty")
            value = [{"role": "user", "content": value}]
        if not isinstance(value, (list, tuple, np.ndarray)):
            raise Unfit("no-text")
        if not len(value):
            raise Unfit("bad-messages (no messages)")
        for number, message in enumerate(value, 1):
            role = message.get("role") if isinstance(message, dict) else None
            if not isinstance(role, str) or not role.strip():
                raise Unfit(f"bad-messages (no role in message {number})")
            if isinstance(message.get("content"), str):
                self._check(message["content"])
        try:
            return np.array(self.chat.prompt(list(value)), np.int64)
        except Refused as refused:
            raise Unfit(f"bad-messages ({refused})") from None

    def _words(self, words):
        if not hasattr(self.tokenizer, "word"):
            raise Unfit("no-text (a list of words, expected text where the tokenizer cuts it)")
        for number, word in enumerate(words, 1):
            if not word:
                raise Unfit(f"no-text (word {number} is empty)")
            self._check(word)
        if not words:
            raise Unfit("empty")
        return self._ended([self.tokenizer.word(word) for word in words])

    def _ended(self, ids):
        end = [self.tokenizer.end] if self.ends else []
        return np.array(self.begin + ids + end, np.int64)

    @staticmethod
    def _check(text):
        if "\0" in text:
            raise Unfit("nul")
        if any(0xD800 <= ord(c) <= 0xDFFF for c in text):
            raise Unfit("not-utf8")


class Vector:
    """Numbers of a vector, scaled as those that the model has learnt from.

    facts: size, mean, deviation (both empty where nothing is scaled).
    """

    def __init__(self, facts):
        self.size = facts["size"]
        self.mean = np.array(facts["mean"] or 0.0)
        self.deviation = np.array(facts["deviation"] or 1.0)

    def read(self, value):
        try:
            vector = np.array(value, np.float32)
        except (TypeError, ValueError):
            raise Unfit("bad-vector (expected a list of numbers)") from None
        if vector.ndim != 1:
            raise Unfit("bad-vector (expected a list of numbers)")
        if len(vector) != self.size:
            raise Unfit(f"bad-vector ({len(vector)} numbers, most have {self.size})")
        if not np.isfinite(vector).all():
            raise Unfit("bad-vector (a number that is not finite)")
        return ((vector - self.mean) / self.deviation).astype(np.float32)


class Series:
    """Numbers of a series [T, channels], scaled as those that the model has learnt from.

    facts: size, mean, deviation (both empty where nothing is scaled).
    """

    def __init__(self, facts):
        self.channels = facts["size"]
        self.mean = np.array(facts["mean"] or 0.0)
        self.deviation = np.array(facts["deviation"] or 1.0)

    def read(self, value):
        try:
            # Arrays of arrays, as pandas may have them, become lists first.
            steps = [step.tolist() if hasattr(step, "tolist") else step for step in value]
            series = np.array(steps, np.float32)
        except (TypeError, ValueError):
            raise Unfit("bad-series (expected a list of steps, each a list of numbers)") from None
        if series.ndim == 1:
            series = series[:, None]
        if series.ndim != 2 or series.size == 0:
            raise Unfit("bad-series (expected a list of steps, each a list of numbers)")
        if series.shape[1] != self.channels:
            raise Unfit(f"bad-series ({series.shape[1]} channels, most have {self.channels})")
        if not np.isfinite(series).all():
            raise Unfit("bad-series (a number that is not finite)")
        return ((series - self.mean) / self.deviation).astype(np.float32)
