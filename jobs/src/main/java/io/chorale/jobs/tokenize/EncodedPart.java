package io.chorale.jobs.tokenize;

import io.chorale.corpus.Account;
import io.chorale.corpus.CorpusCounts;
import java.io.Serializable;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What became of a part of the corpus.
 *
 * @param read what its readers have found, whatever became of it
 * @param counts of its documents and rejections
 * @param sizes of its documents by the split that their files were given for; see {@link
 *     ColumnEncoders#size}
 * @param blocks of rows, in their order
 * @param rejected rejections that are to be written
 * @param pages files that hold these
 * @param byRule how many of its documents each rule has rejected
 * @param masked how often personal data of each kind was masked
 * @param files what became of the documents of each file, by its place in the order of the corpus
 */
record EncodedPart(
    Account.Amount read,
    CorpusCounts counts,
    List<Long> sizes,
    List<Block> blocks,
    long rejected,
    int pages,
    TreeMap<String, Long> byRule,
    TreeMap<String, Long> masked,
    TreeMap<Integer, OfFile> files)
    implements Serializable {
  EncodedPart {
    sizes = List.copyOf(sizes);
    blocks = List.copyOf(blocks);
  }

  /**
   * Documents of damaged files, which are lost.
   *
   * @param sizes of them by split, as those of the part
   */
  record Lost(long documents, long bytes, List<Long> sizes) implements Serializable {}

  /** Documents of a file, or of what of it is in the part; of a damaged one they are lost yet. */
  record OfFile(long kept, long rejected) implements Serializable {
    OfFile plus(OfFile more) {
      return new OfFile(kept + more.kept, rejected + more.rejected);
    }
  }

  /** The same without documents that are lost. */
  EncodedPart without(Lost lost) {
    CorpusCounts left = new CorpusCounts().merge(counts);
    left.lose(lost.documents(), lost.bytes());
    List<Long> leftSizes =
        IntStream.range(0, sizes.size())
            .mapToObj(split -> sizes.get(split) - lost.sizes().get(split))
            .toList();
    return new EncodedPart(read, left, leftSizes, blocks, rejected, pages, byRule, masked, files);
  }

  /** A file of rows. */
  record Block(int rows, String crc32c) implements Serializable {}

  /** What follows the name of the part in that of a block. */
  static String block(int number) {
    return "-%03d.safetensors".formatted(number);
  }

  /** What follows the name of the part in that of a page of rejections. */
  static String page(int number) {
    return "-%03d.jsonl".formatted(number);
  }
}
