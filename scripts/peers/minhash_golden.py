#!/usr/bin/env python3
"""The MinHash signature that MinHashTest expects, computed with Python's own integers: prints its SHA-256.

Word n-grams of 5 and 112 hashes h(x) = (a x + b) mod (2^61 - 1), as io.chorale.duplicate describes them.
"""
import hashlib
import re
import struct

TEXT = "The quick brown fox jumps over the lazy dog; the dog (it was 7 o'clock) did not mind, at all."
WORDS, HASHES = 5, 112
MASK = (1 << 64) - 1
PRIME = (1 << 61) - 1
GAMMA = 0x9E3779B97F4A7C15


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def split_mix(seed):
    while True:
        seed = (seed + GAMMA) & MASK
        yield mix(seed)


def below(random, bound):
    return ((next(random) >> 1) * (bound << 1)) >> 64


def fnv(word):
    value = 0xCBF29CE484222325
    for letter in word:
        value = ((value ^ ord(letter)) * 0x100000001B3) & MASK
    return mix(value)


plain = re.sub(r"\d+", "0", re.sub(r"[^a-z0-9\s]", "", TEXT.lower()))
words = [fnv(word) for word in plain.split()]
shingles = []
for first in range(len(words) - WORDS + 1):
    value = sum(words[first + i] * GAMMA ** (WORDS - 1 - i) for i in range(WORDS))
    residue = mix(value & MASK) & PRIME
    shingles.append(0 if residue == PRIME else residue)

random = split_mix(1)
signature = []
for _ in range(HASHES):
    a = 1 + below(random, PRIME - 1)
    b = below(random, PRIME)
    signature.append(min((a * x + b) % PRIME for x in shingles))
print(hashlib.sha256(struct.pack(f">{HASHES}Q", *signature)).hexdigest())
