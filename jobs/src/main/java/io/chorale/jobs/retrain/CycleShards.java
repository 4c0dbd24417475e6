package io.chorale.jobs.retrain;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.data.Additions;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Feed;
import io.chorale.data.ShardFacts;
import io.chorale.random.SplitMix64;
import io.chorale.task.Task;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

/**
 * Chooses which shards of a grown dataset a cycle trains on: of those that are new every row, of
 * the others a share of the rows of a few, in each source the same share of what it has. A shard's
 * rows are a sample of its source already, since a hash has dealt them: so most old shards need not
 * be read.
 *
 * @param split of the shard
 * @param shard its place in the split
 * @param share of its rows, by a hash of each
 * @param seed of that hash
 * @param piece which of the pieces that are made of those rows
 * @param pieces how many they are
 */
record CycleShards(DatasetSplit split, int shard, double share, long seed, int piece, int pieces)
    implements Serializable {
  /**
   * What is trained on is cut into about so many shards, or as many as the dataset had at first.
   */
  private static final int SHARDS = 16;

  /** Old shards that are read hold so many times what is taken of them. */
  private static final int SPARE = 4;

  CycleShards(DatasetSplit split, int shard, double share, long seed) {
    this(split, shard, share, seed, 0, 1);
  }

  /**
   * As {@link #choose}, large shards cut into pieces, so that workers have about as much: an
   * addition may be one shard. Else one would go through little again and again while another one
   * goes through much.
   */
  static List<CycleShards> of(
      Dataset dataset, Settings settings, long cycle, int since, double replay) {
    Feed feed = Task.of(settings, dataset.schema(), "dataset " + dataset.directory()).feed();
    List<ShardFacts> train = dataset.manifest().split(DatasetSplit.TRAIN).shards();
    List<CycleShards> chosen = choose(dataset, settings, cycle, since, replay);
    double all =
        chosen.stream()
            .filter(CycleShards::isTrained)
            .mapToDouble(one -> one.share * feed.size(train.get(one.shard)))
            .sum();
    long atFirst = train.stream().filter(facts -> !isNew(facts, 0)).count();
    List<CycleShards> cut = new ArrayList<>();
    for (CycleShards one : chosen) {
      if (one.isTrained()) {
        ShardFacts facts = train.get(one.shard);
        double own = one.share * feed.size(facts);
        double wanted = all > 0 ? Math.ceil(Math.max(SHARDS, atFirst) * own / all) : 1;
        // One may be empty where rows are few.
        int pieces = (int) Math.max(1, Math.min(wanted, Math.ceil(one.share * facts.rows())));
        for (int piece = 0; piece < pieces; piece++) {
          cut.add(new CycleShards(one.split, one.shard, one.share, one.seed, piece, pieces));
        }
      } else {
        cut.add(one);
      }
    }
    return cut;
  }

  private boolean isTrained() {
    return split == DatasetSplit.TRAIN;
  }

  /**
   * Chooses the shards, in the order of the dataset's.
   *
   * @param settings whose {@code train.mix} may leave sources out, and whose seed chooses
   * @param cycle its number
   * @param since additions that are no news
   * @param replay the share of the tokens or rows of what is trained on that is old, from 0 to
   *     below 1
   */
  static List<CycleShards> choose(
      Dataset dataset, Settings settings, long cycle, int since, double replay) {
    Feed feed = Task.of(settings, dataset.schema(), "dataset " + dataset.directory()).feed();
    ToLongFunction<ShardFacts> size = feed::size;
    long seed = SplitMix64.of(settings.train().seed(), cycle).nextLong();
    DatasetManifest manifest = dataset.manifest();
    List<CycleShards> chosen = new ArrayList<>();
    Map<String, List<Integer>> old = new LinkedHashMap<>();
    List<ShardFacts> train = manifest.split(DatasetSplit.TRAIN).shards();
    double news = 0;
    double before = 0;
    for (int shard = 0; shard < train.size(); shard++) {
      ShardFacts facts = train.get(shard);
      if (!counts(manifest, settings, facts)) {
        continue;
      }
      if (isNew(facts, since)) {
        chosen.add(new CycleShards(DatasetSplit.TRAIN, shard, 1, seed));
        news += size.applyAsLong(facts);
      } else {
        old.computeIfAbsent(facts.source(), name -> new ArrayList<>()).add(shard);
        before += size.applyAsLong(facts);
      }
    }
    double share = before == 0 ? 0 : Math.min(1, replay / (1 - replay) * news / before);
    if (share > 0) {
      old.values().forEach(own -> chosen.addAll(some(own, train, share, size, seed)));
    }
    for (DatasetSplit split : List.of(DatasetSplit.VALIDATION, DatasetSplit.TEST)) {
      List<ShardFacts> held = manifest.split(split).shards();
      for (int shard = 0; shard < held.size(); shard++) {
        if (isNew(held.get(shard), since)) {
          chosen.add(new CycleShards(split, shard, 1, seed));
        }
      }
    }
    return chosen;
  }

  /** All shards of a dataset, whole. */
  static List<CycleShards> all(DatasetManifest manifest) {
    List<CycleShards> all = new ArrayList<>();
    for (DatasetSplit split : DatasetSplit.values()) {
      for (int shard = 0; shard < manifest.split(split).shards().size(); shard++) {
        all.add(new CycleShards(split, shard, 1, 0));
      }
    }
    return all;
  }

  /** Whether the source of a shard is trained on. */
  static boolean counts(DatasetManifest manifest, Settings settings, ShardFacts shard) {
    int own = manifest.source(shard.source()).weight();
    return settings.train().weights().getOrDefault(shard.source(), own) > 0;
  }

  static boolean isNew(ShardFacts shard, int since) {
    return Additions.number(shard.name()) > since;
  }

  /** Of a source's shards those with the smallest hashes, as many as hold enough. */
  private static List<CycleShards> some(
      List<Integer> own,
      List<ShardFacts> train,
      double share,
      ToLongFunction<ShardFacts> size,
      long seed) {
    double wanted = share * own.stream().mapToDouble(one -> size.applyAsLong(train.get(one))).sum();
    List<Integer> byHash =
        own.stream()
            .sorted(Comparator.comparingLong(one -> SplitMix64.of(seed, one).nextLong()))
            .toList();
    List<Integer> chosen = new ArrayList<>();
    double held = 0;
    for (int shard : byHash) {
      if (held < SPARE * wanted) {
        chosen.add(shard);
        held += size.applyAsLong(train.get(shard));
      }
    }
    double ofChosen = wanted / held;
    return chosen.stream()
        .sorted()
        .map(shard -> new CycleShards(DatasetSplit.TRAIN, shard, ofChosen, seed))
        .toList();
  }

  /**
   * The rows that are taken, in their order. Of all pieces together one is, however small the
   * share: of a few long ones, as of series, it may be less than one.
   *
   * @param name of the shard
   * @param rows how many it has
   */
  int[] rows(String name, int rows) {
    int[] taken = share >= 1 ? IntStream.range(0, rows).toArray() : drawn(name, rows);
    return IntStream.range(0, taken.length)
        .filter(place -> place % pieces == piece)
        .map(place -> taken[place])
        .toArray();
  }

  private int[] drawn(String name, int rows) {
    CRC32C hash = new CRC32C();
    hash.update(name.getBytes(StandardCharsets.UTF_8));
    double[] draws =
        IntStream.range(0, rows)
            .mapToDouble(row -> SplitMix64.of(seed, hash.getValue(), row).nextDouble())
            .toArray();
    double least = Arrays.stream(draws).min().orElse(0);
    return IntStream.range(0, rows)
        .filter(row -> draws[row] < share || draws[row] == least)
        .toArray();
  }
}
