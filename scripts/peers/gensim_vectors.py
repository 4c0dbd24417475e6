"""Trains word vectors by gensim's skip-gram with negative sampling and writes them as word2vec's
text: TEXT VECTORS WORKERS EPOCHS SEED. Prints the words of the text and the seconds that the
training took."""

import sys
import time

from gensim.models import Word2Vec

text, out, workers, epochs, seed = sys.argv[1:]
lines = [line.split() for line in open(text, encoding="utf-8")]
model = Word2Vec(vector_size=100, window=5, min_count=5, sg=1, negative=5, sample=1e-3, alpha=0.05, workers=int(workers), seed=int(seed))
model.build_vocab(lines)
begin = time.monotonic()
model.train(lines, total_examples=model.corpus_count, epochs=int(epochs))
seconds = time.monotonic() - begin
model.wv.save_word2vec_format(out)
print(sum(map(len, lines)), f"{seconds:.2f}")
