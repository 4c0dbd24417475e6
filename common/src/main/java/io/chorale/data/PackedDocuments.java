package io.chorale.data;

import io.chorale.config.DatasetSplit;
import io.chorale.config.SettingsException;
import io.chorale.config.TrainSettings;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Text for a language model that sees each document alone: in training several whole documents
 * share a row of {@code context} tokens, packed by {@link BestFit}, and the column {@link #PLACE}
 * of a batch tells them apart. Documents that are longer than a row are cut into {@link Pieces},
 * each of which counts as a document of its own. Documents are the rows of the dataset.
 *
 * <p>In training, each epoch puts a worker's shards in an order of its own and begins at a place of
 * its own. The documents that begin in a window of at most {@code window} tokens (but at least a
 * batch) are packed together and the rows shuffled; only the shards of one window are held. An
 * epoch has as many batches as the tokens fill without padding. So of the rows of a window, as many
 * are left out in an epoch as padding takes: pseudo-random ones, that no document stays out by its
 * length.
 *
 * <p>In evaluation nothing is packed: each piece is a row of its own, padded at the right to the
 * longest of its batch, and every token of a shard is predicted once, from what it is predicted
 * from in training.
 *
 * @param column of the ids
 * @param answers the column that says which tokens are predicted; empty where all are
 * @param context T
 * @param batch B, in training
 * @param seed of the order in training
 * @param window tokens among which training packs and shuffles
 */
public record PackedDocuments(
    String column, String answers, int context, int batch, long seed, long window) implements Feed {
  /** The column of a batch that holds each token's place in its document; 0 begins one. */
  public static final String PLACE = "place";

  /** Tokens of the shards that are looked at for {@link #packing}, at least. */
  private static final long SAMPLE_TOKENS = 1 << 20;

  /** The documents of a column all of whose tokens are predicted. */
  PackedDocuments(String column, int context, int batch, long seed, long window) {
    this(column, "", context, batch, seed, window);
  }

  /** The documents of the column {@link Column#TEXT}. */
  public static PackedDocuments of(TrainSettings train) {
    return new PackedDocuments(
        Column.TEXT, train.context(), train.batch(), train.seed(), train.shuffleWindow());
  }

  /** The same where only what the column {@link Column#ANSWER} marks is predicted. */
  public PackedDocuments ofAnswers() {
    return new PackedDocuments(column, Column.ANSWER, context, batch, seed, window);
  }

  @Override
  public List<String> columns() {
    return answers.isEmpty() ? List.of(column) : List.of(column, answers);
  }

  @Override
  public long size(ShardFacts shard) {
    return shard.elements(column);
  }

  @Override
  public long batchesPerEpoch(List<ShardFacts> own) {
    return batchesPerEpoch(own.stream().mapToLong(this::size).sum());
  }

  /**
   * Batches of one pass over that many tokens; at least 1.
   *
   * @throws SettingsException where there is none: the context is too long for the data
   */
  long batchesPerEpoch(long tokens) {
    long batchTokens = (long) batch * context;
    if (tokens < batchTokens) {
      throw new SettingsException(
          "Cannot train on %d tokens a worker: a batch of %d rows of %d tokens needs %d, expected at least one batch. Lower train.context, train.batch or train.workers, or use more text."
              .formatted(tokens, batch, context, batchTokens));
    }
    return tokens / batchTokens;
  }

  @Override
  public BatchSource batches(Dataset data, int[] shards) {
    return new PackedSource(
        this,
        shard -> pieces(data.shard(DatasetSplit.TRAIN, shard)),
        shards,
        data.shardElements(DatasetSplit.TRAIN, column));
  }

  private Pieces pieces(Shard shard) {
    return Pieces.of(shard, column, answers, 0, shard.rows(), context);
  }

  @Override
  public long predictions(List<ShardFacts> shards) {
    return shards.stream().mapToLong(this::size).sum();
  }

  @Override
  public List<Part> parts(Dataset data, DatasetSplit split) {
    return Part.ofRows(data.manifest().split(split).shards(), this::size);
  }

  @Override
  public int rowsOfPart() {
    return Integer.MAX_VALUE;
  }

  @Override
  public long longestCut(List<ShardFacts> shards) {
    return 0;
  }

  @Override
  public Optional<PackingShares> packing(Dataset data) {
    int shards = data.manifest().split(DatasetSplit.TRAIN).shards().size();
    IntStream.Builder lengths = IntStream.builder();
    long documents = 0;
    long cut = 0;
    long tokens = 0;
    for (int number = 0; number < shards && tokens < SAMPLE_TOKENS; number++) {
      Shard shard = data.shard(DatasetSplit.TRAIN, number);
      for (int row = 0; row < shard.rows(); row++) {
        cut += shard.length(column, row) > context ? 1 : 0;
      }
      documents += shard.rows();
      Pieces pieces = pieces(shard);
      for (int piece = 0; piece < pieces.size(); piece++) {
        lengths.add(pieces.length(piece));
        tokens += pieces.length(piece);
      }
    }
    if (documents == 0) {
      return Optional.empty();
    }
    double room = (double) BestFit.of(lengths.build().toArray(), context).rows() * context;
    return Optional.of(new PackingShares((double) cut / documents, 1 - tokens / room));
  }

  @Override
  public Iterator<Batch> read(Dataset data, DatasetSplit split, Part part, int rows) {
    Pieces pieces =
        Pieces.of(
            data.shard(split, part.shard()), column, answers, part.from(), part.to(), context);
    int[] order = IntStream.range(0, pieces.size()).toArray();
    RowBatches.sortByLength(order, 0, order.length, pieces::length);
    return IntStream.range(0, (order.length + rows - 1) / rows)
        .mapToObj(
            group -> {
              int first = group * rows;
              int count = Math.min(rows, order.length - first);
              PackedRows batch = new PackedRows(count, pieces.length(order[first + count - 1]));
              for (int row = 0; row < count; row++) {
                batch.add(row, pieces, order[first + row]);
              }
              return batch.batch(column);
            })
        .iterator();
  }
}
