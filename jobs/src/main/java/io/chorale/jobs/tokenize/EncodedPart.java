package io.chorale.jobs.tokenize;

import io.chorale.corpus.CorpusCounts;
import java.io.Serializable;
import java.util.List;
import java.util.TreeMap;

/**
 * What became of a part of the corpus.
 *
 * @param counts of its documents and rejections
 * @param sizes of its documents by the split that their files were given for; see {@link
 *     ColumnEncoders#size}
 * @param blocks of rows, in their order
 * @param rejected rejections that are to be written
 * @param pages files that hold these
 * @param byRule how many of its documents each rule has rejected
 * @param masked how often personal data of each kind was masked
 */
record EncodedPart(
    CorpusCounts counts,
    List<Long> sizes,
    List<Block> blocks,
    long rejected,
    int pages,
    TreeMap<String, Long> byRule,
    TreeMap<String, Long> masked)
    implements Serializable {
  EncodedPart {
    sizes = List.copyOf(sizes);
    blocks = List.copyOf(blocks);
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
