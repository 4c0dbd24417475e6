package io.chorale.data;

import io.chorale.config.DatasetSplit;
import io.chorale.config.SettingsException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Turns a dataset into batches. What a feed says of sizes is arithmetic on the manifest, and what
 * it gives is a function of its own settings, the dataset and the arguments, of nothing else.
 */
public sealed interface Feed permits TokenStream, PackedDocuments, RowBatches, SeriesWindows {
  /** The columns of the dataset that it reads. */
  List<String> columns();

  /** What a shard weighs where shards are dealt to workers: tokens of a stream, or rows. */
  long size(ShardFacts shard);

  /**
   * Batches of one pass over a worker's shards; at least 1.
   *
   * @throws SettingsException where the shards do not make one
   */
  long batchesPerEpoch(List<ShardFacts> own);

  /**
   * The training batches of a worker.
   *
   * @param shards of the training split that it owns: passes over them, as {@link Mix} counts them
   */
  BatchSource batches(Dataset data, int[] shards);

  /**
   * Predictions in shards that are evaluated, as far as a manifest tells: rows that are cut make
   * them fewer, and where a share of each row is predicted, that is rounded.
   */
  long predictions(List<ShardFacts> shards);

  /** What a split is cut into for evaluation, in its order; nothing where nothing is predicted. */
  List<Part> parts(Dataset data, DatasetSplit split);

  /** The most rows that a part has to be read at the same time. */
  int rowsOfPart();

  /**
   * Steps of the longest row, where some are longer than what a batch takes of them: the rest is
   * not read. 0 where there is none.
   */
  long longestCut(List<ShardFacts> shards);

  /**
   * Estimates the shares of packing from a sample of the training shards, where rows are packed.
   */
  default Optional<PackingShares> packing(Dataset data) {
    return Optional.empty();
  }

  /**
   * The batches of a part, read one by one. All parts together ask for every prediction once.
   *
   * @param rows the most rows of a batch: how many are read at the same time decides nothing about
   *     what a prediction is made from
   */
  Iterator<Batch> read(Dataset data, DatasetSplit split, Part part, int rows);
}
