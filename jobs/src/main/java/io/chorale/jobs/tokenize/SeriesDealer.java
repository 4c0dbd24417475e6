package io.chorale.jobs.tokenize;

import io.chorale.config.DatasetSplit;
import java.util.ArrayList;
import java.util.List;

/**
 * Deals series to shards, one after the other in the order of all. The steps of a split are cut
 * into stretches of equal length, a shard each, so that one series can serve many workers.
 *
 * <p>A run is not cut within its first {@code history} steps, so that each later piece has them
 * before its own; only the steps after those count.
 */
final class SeriesDealer {
  private final ShardNumbers numbers;
  private final long[] totals;
  private final long[] places;
  private final int history;

  /**
   * @param totals of all series, by split: {@link SeriesShape.Stretch#counted}
   * @param places of the series to come, by split: what came before them
   */
  SeriesDealer(ShardNumbers numbers, long[] totals, long[] places, int history) {
    this.numbers = numbers;
    this.totals = totals.clone();
    this.places = places.clone();
    this.history = history;
  }

  /** A row to be: the ranks of its first step of history, of its own, and after its last. */
  record Piece(int shard, long order, long history, long from, long to) {}

  /** The rows of a series, each beginning after the one before. */
  List<Piece> deal(SeriesShape shape) {
    List<Piece> pieces = new ArrayList<>();
    for (SeriesShape.Stretch stretch : shape.stretches(history)) {
      int split = stretch.split().ordinal();
      cut(stretch, places[split], pieces);
      places[split] += stretch.counted(history);
    }
    return pieces;
  }

  private void cut(SeriesShape.Stretch stretch, long place, List<Piece> pieces) {
    long counted = stretch.to() - stretch.counted(history);
    long known = stretch.history();
    long from = stretch.first();
    long at = place;
    while (from < stretch.to()) {
      int shard = shard(stretch.split(), at);
      long end = border(stretch.split(), numbers.shard(shard) + 1);
      long to = Math.min(stretch.to(), counted + end - place);
      pieces.add(new Piece(shard, at, known, from, to));
      from = to;
      known = to - history;
      at = end;
    }
  }

  private long border(DatasetSplit split, int shard) {
    return (long) shard * totals[split.ordinal()] / numbers.count(split);
  }

  /** The shard that holds a place, counted over all splits. */
  private int shard(DatasetSplit split, long place) {
    int shard = (int) (place * numbers.count(split) / totals[split.ordinal()]);
    while (border(split, shard + 1) <= place) {
      shard++;
    }
    return numbers.number(split, shard);
  }
}
