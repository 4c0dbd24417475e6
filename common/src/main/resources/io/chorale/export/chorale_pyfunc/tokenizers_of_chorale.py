"""Text to ids and back, by a tokenizer.json of byte-level BPE, of characters or of words."""

import codecs
import json
import re

_WHITE_SPACE = re.compile("[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
# Digits one by one, all else as GPT-2.
_SMOLLM = (
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?![^\s\p{N}])|\s+"
)
_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_MOST_PIECES = 100_000


def load(path, facts):
    """The tokenizer of a file; facts: kind, end (the id that ends a text)."""
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    return {"bpe": _BytePairs, "characters": _Characters, "words": _Words}[facts["kind"]](
        content, facts["end"]
    )


def words(text):
    """What stands between white space."""
    return [word for word in _WHITE_SPACE.split(text) if word]


class _Tokenizer:
    def __init__(self, content, end):
        self.end = end
        self.ids = content["model"]["vocab"]
        self.entries = {number: entry for entry, number in self.ids.items()}
        self.control = {end}
        self.spelled = {}  # control tokens: id, whether they take white space before or behind along
        unknown = self.ids.get(content["model"].get("unk_token"))
        for added in content.get("added_tokens") or []:
            self.entries[added["id"]] = added["content"]
            if added.get("special"):
                self.control.add(added["id"])
            if added["id"] == end or added.get("special") and added["id"] != unknown:
                self.spelled[added["content"]] = (
                    added["id"],
                    added.get("lstrip"),
                    added.get("rstrip"),
                )
        self.unknown = unknown
        if self.unknown is not None and self.unknown != end:
            self.control.discard(self.unknown)
        self.size = max(self.entries) + 1
        self.holes = [number for number in range(self.size) if number not in self.entries]


class _Words(_Tokenizer):
    def encode(self, text):
        return [self.word(word) for word in words(_SURROGATES.sub("\ufffd", text))]

    def word(self, word):
        found = self.ids.get(word, self.unknown)
        return self.unknown if found == self.end else found

    def decoder(self):
        return _Decoder(self, lambda entry, first: entry if first else " " + entry)


class _Characters(_Tokenizer):
    def encode(self, text):
        return [self.ids.get(c, self.unknown) for c in _SURROGATES.sub("\ufffd", text)]

    def decoder(self):
        return _Decoder(self, lambda entry, first: entry)


class _BytePairs(_Tokenizer):
    def __init__(self, content, end):
        import regex

        super().__init__(content, end)
        steps = content["pre_tokenizer"].get("pretokenizers")
        if steps and steps[0]["type"] == "Digits":
            cuts = _SMOLLM
        else:
            cuts = steps[0]["pattern"]["Regex"] if steps else _GPT2
        self.pattern = regex.compile(cuts, regex.MULTILINE)
        model = content["model"]
        self.ranks = {}
        for rank, merge in enumerate(model["merges"]):
            self.ranks[tuple(merge.split(" ") if isinstance(merge, str) else merge)] = rank
        added = {token["content"] for token in content.get("added_tokens") or []}
        self.whole = set(self.ids) - added if model.get("ignore_merges") else set()
        shown = [b for b in range(256) if 0x21 <= b <= 0x7E or 0xA1 <= b <= 0xAC or b >= 0xAE]
        hidden = [b for b in range(256) if b not in shown]
        self.letters = {b: chr(b) for b in shown}
        self.letters.update({b: chr(0x100 + i) for i, b in enumerate(hidden)})
        self.bytes = {letter: b for b, letter in self.letters.items()}
        self.known = {}

    def encode(self, text):
        text = _SURROGATES.sub("\ufffd", text)
        ids, at = [], 0
        for match in self.pattern.finditer(text):
            if match.start() > at:
                ids += self._piece(text[at : match.start()])
            ids += self._piece(match.group())
            at = match.end()
        return ids + self._piece(text[at:]) if at < len(text) else ids

    def _piece(self, piece):
        ids = self.known.get(piece)
        if ids is None:
            ids = [self.ids[part] for part in self._merged(piece)]
            if len(self.known) < _MOST_PIECES:
                self.known[piece] = ids
        return ids

    def _merged(self, piece):
        parts = [self.letters[b] for b in piece.encode("utf-8")]
        if "".join(parts) in self.whole:
            return ["".join(parts)]
        while len(parts) > 1:
            ranks = [self.ranks.get(pair, len(self.ranks)) for pair in zip(parts, parts[1:])]
            best = min(ranks)
            if best == len(self.ranks):
                break
            at = ranks.index(best)
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        return parts

    def decoder(self):
        utf8 = codecs.getincrementaldecoder("utf-8")("replace")

        def add(entry, first):
            known = all(letter in self.bytes for letter in entry)
            return utf8.decode(
                bytes(self.bytes[letter] for letter in entry) if known else entry.encode("utf-8")
            )

        return _Decoder(self, add, lambda: utf8.decode(b"", True))


class _Decoder:
    """Decodes one text, id by id."""

    def __init__(self, tokenizer, add, end=lambda: ""):
        self.tokenizer = tokenizer
        self.write = add
        self.end = end
        self.first = True

    def add(self, number):
        if number in self.tokenizer.control:
            return ""
        text = self.write(self.tokenizer.entries[number], self.first)
        self.first = False
        return text
