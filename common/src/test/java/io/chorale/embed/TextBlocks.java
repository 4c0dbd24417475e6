package io.chorale.embed;

import io.chorale.data.Batch;
import io.chorale.data.BatchSource;
import io.chorale.data.Column;
import io.chorale.data.Ids;
import io.chorale.random.SplitMix64;
import io.chorale.vectors.Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A text file of words between blanks, a text a line, in memory: its vocabulary, and its blocks as
 * batches of K workers, of which each has an equal part of the lines.
 */
final class TextBlocks {
  private static final int END = 0;
  private static final int CONTEXT = 512;
  private static final int ROWS = 8;

  final Vocabulary vocabulary;
  private final Map<String, Integer> known = new HashMap<>();
  private final int[] ids;

  TextBlocks(Path file, int minCount) throws IOException {
    List<String> spellings = new ArrayList<>(List.of("\n"));
    IntStream.Builder text = IntStream.builder();
    for (String line : Files.readAllLines(file)) {
      for (String word : line.strip().split(" +")) {
        if (!word.isEmpty()) {
          text.add(
              known.computeIfAbsent(
                  word,
                  w -> {
                    spellings.add(w);
                    return spellings.size() - 1;
                  }));
        }
      }
      text.add(END);
    }
    ids = text.build().toArray();
    long[] counts = new long[spellings.size()];
    for (int id : ids) {
      counts[id]++;
    }
    int unknown = known.getOrDefault("<unk>", -1);
    vocabulary = Vocabulary.of(counts, minCount, END, id -> id == unknown, spellings::get);
  }

  /** Tokens of one pass, ends of lines among them. */
  int tokens() {
    return ids.length;
  }

  /** A worker's batches: in each epoch its blocks in an order of its own. */
  BatchSource batches(int worker, int workers, long seed) {
    int from = (int) ((long) ids.length * worker / workers);
    int to = (int) ((long) ids.length * (worker + 1) / workers);
    int blocks = (to - from + CONTEXT - 1) / CONTEXT;
    return new BatchSource() {
      @Override
      public long batchesPerEpoch() {
        return (blocks + ROWS - 1) / ROWS;
      }

      @Override
      public Batch batch(long step) {
        int[] order = order(blocks, SplitMix64.of(seed, worker, step / batchesPerEpoch()));
        int first = (int) (step % batchesPerEpoch()) * ROWS;
        int rows = Math.min(ROWS, blocks - first);
        int[] values = new int[rows * CONTEXT];
        int[] lengths = new int[rows];
        for (int row = 0; row < rows; row++) {
          int at = from + order[first + row] * CONTEXT;
          lengths[row] = Math.min(CONTEXT, to - at);
          System.arraycopy(ids, at, values, row * CONTEXT, lengths[row]);
        }
        return TextBlocks.batch(new Ids(values, CONTEXT, lengths));
      }
    };
  }

  /** The ids of known words between blanks. */
  int[] ids(String words) {
    return Stream.of(words.split(" ")).mapToInt(known::get).toArray();
  }

  /** One batch of one block, again and again. */
  static BatchSource one(int[] ids) {
    return new BatchSource() {
      @Override
      public long batchesPerEpoch() {
        return 1;
      }

      @Override
      public Batch batch(long step) {
        return TextBlocks.batch(new Ids(ids, ids.length, new int[] {ids.length}));
      }
    };
  }

  private static Batch batch(Ids text) {
    int[] lengths = text.lengths();
    return new Batch(Map.of(Column.TEXT, text), lengths.length, IntStream.of(lengths).sum(), false);
  }

  private static int[] order(int count, SplitMix64 random) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int j = (int) random.below(i + 1L);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
