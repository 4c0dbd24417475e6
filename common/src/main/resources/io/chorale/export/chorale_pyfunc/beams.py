"""Beam search: the likeliest text, of those that the best shorter ones go on to."""

import math

import numpy as np


class BeamSearch:
    """settings: tokens, beam, length-penalty. One beam is greedy search.

    Texts that have ended compare by the logarithm of their probability divided by a penalty for
    short ones, ((5 + length) / 6) to a power, where the end counts (arXiv 1609.08144).
    """

    def __init__(self, settings, longest, tokenizer):
        self.beams = settings["beam"]
        self.alpha = settings["length-penalty"]
        self.most = min(settings["tokens"], longest)
        self.tokenizer = tokenizer

    def search(self, read, begin, state):
        """The ids of the best text, without its end, and its score.

        read: the last id of each text and a state to logarithms of probabilities [B, V], and the
        state after them.
        """
        live = [([], 0.0)]  # ids, logarithm of their probability
        ended = []  # ids, score
        last = [begin]
        for length in range(1, self.most + 1):
            logs, state = read(last, state)
            going, live = self._longer(logs, live, ended, length)
            if not self._goes_on(live, ended):
                break
            rows = [row for row, _ in going]
            last = [number for _, number in going]
            state = [tuple(None if part is None else part[rows] for part in each) for each in state]
        if ended:
            return max(ended, key=lambda text: text[1])
        if not live:
            return [], math.nan
        return live[0][0], self._score(live[0][1], len(live[0][0]))

    def _longer(self, logs, live, ended, length):
        """The best texts that are one token longer: the rows that they go on from with their last
        ids, and the texts. Twice as many are looked at as are followed, since one of each may be
        its end."""
        logs = logs.astype(np.float64) + np.array([log for _, log in live])[:, None]
        allowed = np.zeros(logs.shape[1], bool)
        allowed[[number for number in self.tokenizer.entries if number < len(allowed)]] = True
        logs[:, ~allowed] = -np.inf
        best = np.argsort(-logs, axis=None, kind="stable")[: 2 * self.beams]
        going, longer = [], []
        for place, at in enumerate(best):
            row, number = divmod(int(at), logs.shape[1])
            log = float(logs[row, number])
            if len(longer) == self.beams or log == -math.inf:
                break
            ids = live[row][0]
            if number != self.tokenizer.end:
                going.append((row, number))
                longer.append((ids + [number], log))
            elif place < self.beams:
                ended.append((ids, self._score(log, length)))
        return going, longer

    def _goes_on(self, live, ended):
        """Whether there may be a better text than those that have ended, and too few of these."""
        if not live or len(ended) >= self.beams:
            return False
        # A text grows less likely, and the penalty of its length is largest at the end.
        return not ended or self._score(live[0][1], self.most) > max(score for _, score in ended)

    def _score(self, log, length):
        return log / ((5.0 + length) / 6) ** self.alpha
