"""Text from a language model: what it reads, what it draws, when it ends."""

import math

import numpy as np

_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15


class SplitMix64:
    """Random numbers by SplitMix64 (Steele, Lea and Flood, 2014), seeded by several numbers."""

    def __init__(self, *seeds):
        self.state = 0
        for seed in seeds:
            self.state = self._mix(self.state + _GAMMA + seed)

    @staticmethod
    def of(state):
        random = SplitMix64()
        random.state = state
        return random

    def next(self):
        self.state = (self.state + _GAMMA) & _MASK
        return self._mix(self.state)

    def next_double(self):
        return (self.next() >> 11) * 2.0**-53

    @staticmethod
    def _mix(value):
        value &= _MASK
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB & _MASK
        return value ^ (value >> 31)


class Sampler:
    """Chooses the next id. settings: temperature, top-k, top-p."""

    def __init__(self, settings, seed):
        self.temperature = settings["temperature"]
        self.top_k = settings["top-k"]
        self.top_p = settings["top-p"]
        self.random = SplitMix64.of(seed)

    def next(self, logits):
        if self.temperature == 0:
            return int(np.argmax(logits))
        logits = logits.astype(np.float64)
        cut = self.top_k > 0 or self.top_p < 1
        order = np.argsort(-logits, kind="stable") if cut else np.arange(len(logits))
        if self.top_k > 0:
            order = order[: self.top_k]
        sums = np.cumsum(np.exp((logits[order] - logits.max()) / self.temperature))
        if self.top_p < 1:
            last = int(np.searchsorted(sums, self.top_p * sums[-1], "left"))
            sums = sums[: last + 1]
        limit = self.random.next_double() * sums[-1]
        return int(order[min(int(np.searchsorted(sums, limit, "right")), len(sums) - 1)])


class Generator:
    """Goes on from texts. settings: tokens, stop, ends and those of the sampler and its seed."""

    def __init__(self, model, tokenizer, context, settings):
        self.model = model  # ids and a state to the logits of the last one, and the state
        self.tokenizer = tokenizer
        self.context = context
        self.settings = settings
        self.ends = set(settings["ends"])  # ids at which a text, or an answer, ends

    def write(self, prompt, row):
        """What follows a prompt; row, a number, decides with the seed what is drawn."""
        seed = SplitMix64(self.settings["seed"], row).next()
        sampler = Sampler(self.settings, seed)
        decoder = self.tokenizer.decoder()
        reading = _Reading(self.model, self.context)
        shown = self.tokenizer.decoder()
        prompted = len("".join(shown.add(i) for i in prompt) + shown.end())
        text = "".join(decoder.add(i) for i in prompt)
        stop = self.settings["stop"]
        unread = list(prompt) or [self.tokenizer.end]
        for _ in range(self.settings["tokens"]):
            logits = reading.on(unread)
            logits[self.tokenizer.holes] = -math.inf
            logits[self.tokenizer.size :] = -math.inf  # rows without an entry
            number = sampler.next(logits)
            if number in self.ends:
                break
            text += decoder.add(number)
            if stop and stop in text[prompted:]:
                break
            unread = [number]
        written = (text + decoder.end())[prompted:]
        return written[: written.index(stop)] if stop and stop in written else written


class _Reading:
    """One text that is read on. A model that sees a window forgets all where it is full, and reads
    the last half of a window again."""

    def __init__(self, model, context):
        self.model = model
        self.context = context
        self.state = None
        self.seen = []

    def on(self, ids):
        if not self.model.carries:
            self.seen = self.seen + ids
            if len(self.seen) > self.context:
                self.seen = self.seen[-max(1, self.context // 2) :]
                ids = self.seen
                self.state = None
        logits, self.state = self.model.next(np.array(ids, np.int64), self.state)
        return logits
