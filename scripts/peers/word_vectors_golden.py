#!/usr/bin/python3
"""Word vectors as gensim and fastText write them, for VectorFormatTest and NgramsTest.

    scripts/peers/word_vectors_golden.py common/src/test/resources/io/chorale/vectors

Needs Debian's packages fasttext and python3-gensim (with libblas3). Writes
  gensim.txt, gensim.bin   the same vectors in word2vec's two formats, numbers of every size among them
  fasttext.vec             vectors of fastText, with a vocabulary of its own
  fasttext.bin             the same, exactly, in word2vec's binary format
  ngrams.txt               words with the buckets of their n-grams, as fastText has them
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from gensim.models import KeyedVectors
from gensim.models.fasttext import ft_ngram_hashes, load_facebook_model

WORDS = ["the", "Straße", "naïve", "日本", "🙂", "e\u0301", "x", "don't", "3.14", "</s>"]
NGRAMS = WORDS[:-1] + ["a", "ab", "über", "Größenordnung", "подорожник", "word-vectors", "aaaaaaa", "ﬁ", "👩‍🔬", "Ω"]


def numbers():
    """Float32 of every exponent, powers of two and the numbers beside them among them."""
    powers = np.arange(1, 255, dtype=np.uint32) << 23
    random = np.random.default_rng(1).integers(0, 0x7F800000, 700, dtype=np.uint32)
    few = np.array([0.1, 0.5, 1, 2.5, 100, 123456.7, 1e-4, 9.9999e-5, 1e16, 9999999, 0.99999994, 1e9, 0.00012345], dtype=np.float32)
    usual = np.random.default_rng(2).normal(0, 0.3, 700).astype(np.float32)
    found = np.concatenate([np.concatenate([powers, powers - 1, powers + 1, random]).view(np.float32), few, usual])
    found = np.concatenate([found, -found[:400], [0.0, -0.0, 1e-45]]).astype(np.float32)
    return np.concatenate([found, np.zeros(-len(found) % len(WORDS), dtype=np.float32)])


def gensim_files(out):
    vectors = numbers().reshape(len(WORDS), -1)
    keyed = KeyedVectors(vectors.shape[1])
    keyed.add_vectors(WORDS, vectors)
    keyed.save_word2vec_format(str(out / "gensim.txt"), binary=False)
    keyed.save_word2vec_format(str(out / "gensim.bin"), binary=True)


def fasttext_files(out):
    with tempfile.TemporaryDirectory() as directory:
        text = pathlib.Path(directory) / "text"
        text.write_text(("wie groß ist die Straße ? die Straße ist lang .\n" * 20 + "日本 ist groß 🙂\n" * 9), encoding="utf-8")
        common = ["fasttext", "skipgram", "-input", str(text), "-dim", "6", "-thread", "1", "-minCount", "1", "-bucket", "5000", "-verbose", "0"]
        # Without n-grams a word's vector is its row, exactly.
        subprocess.run([*common, "-output", f"{directory}/rows", "-maxn", "0"], check=True)
        (out / "fasttext.vec").write_bytes(pathlib.Path(f"{directory}/rows.vec").read_bytes())
        model = load_facebook_model(f"{directory}/rows.bin")
        keyed = KeyedVectors(6)
        keyed.add_vectors(model.wv.index_to_key, model.wv.vectors_vocab)
        keyed.save_word2vec_format(str(out / "fasttext.bin"), binary=True)

        # gensim's buckets are fastText's: both print the same vector of each n-gram.
        subprocess.run([*common, "-output", f"{directory}/ngrams", "-minn", "1", "-maxn", "6"], check=True)
        model = load_facebook_model(f"{directory}/ngrams.bin")
        with open(out / "ngrams.txt", "w", encoding="utf-8") as file:
            for word in NGRAMS:
                buckets = ft_ngram_hashes(word, 1, 6, 5000)
                printed = subprocess.run(["fasttext", "print-ngrams", f"{directory}/ngrams.bin", word], check=True, capture_output=True, text=True).stdout
                lines = [line.split(" ") for line in printed.splitlines()]
                lines = lines[len(lines) - len(buckets):]  # Before them, where the model knows it, the word itself.
                for line, bucket in zip(lines, buckets, strict=True):
                    row = model.wv.vectors_ngrams[bucket]
                    assert np.allclose([float(x) for x in line[1:7]], row, rtol=1e-4), (word, line, row)
                for low, high in ((1, 6), (3, 6), (2, 3)):
                    file.write(" ".join([word, str(low), str(high), *map(str, ft_ngram_hashes(word, low, high, 5000))]) + "\n")


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    gensim_files(target)
    fasttext_files(target)
