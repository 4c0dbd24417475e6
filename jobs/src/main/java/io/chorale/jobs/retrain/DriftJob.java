package io.chorale.jobs.retrain;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Ids;
import io.chorale.data.Row;
import io.chorale.data.Shard;
import io.chorale.data.ShardFacts;
import io.chorale.io.Storage;
import io.chorale.jobs.retrain.DriftCounts.Side;
import io.chorale.quality.LanguageIdentifier;
import io.chorale.random.SplitMix64;
import io.chorale.task.Task;
import io.chorale.token.Tokenizer;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;

/**
 * Measures the {@link Drift} of a dataset: all new rows of the training split beside as many old
 * ones, chosen by a hash. The shards of both are read once.
 *
 * @param cycle its number, by which old rows are chosen
 * @param since additions that are no news
 */
record DriftJob(
    JavaSparkContext context,
    Storage storage,
    Settings settings,
    Dataset dataset,
    long cycle,
    int since) {
  private static final double AS_MANY = 0.5;

  /** As many on every cluster, so that sums of real numbers are the same on all. */
  private static final int MOST_PARTS = 32;

  /** Texts of each side whose language is looked at, and how much of each. */
  private static final int TEXTS = 200;

  private static final int TOKENS = 256;

  /** A smaller share of the texts is as likely a wrong guess. */
  private static final double LEAST_SHARE = 0.02;

  /** The drift; none where there is nothing old, or nothing new. */
  Optional<Drift> run() {
    List<CycleShards> chosen =
        CycleShards.choose(dataset, settings, cycle, since, AS_MANY).stream()
            .filter(shard -> shard.split() == DatasetSplit.TRAIN)
            .toList();
    long news = chosen.stream().filter(this::isNew).count();
    if (news == 0 || news == chosen.size()) {
      return Optional.empty();
    }
    List<Column> columns = columns();
    Count count = new Count(storage, dataset.directory(), columns, since);
    int tasks = Math.min(chosen.size(), MOST_PARTS);
    Counted all =
        context.parallelize(chosen, tasks).mapPartitions(count).collect().stream()
            .reduce(new Counted(DriftCounts.of(columns), List.of()), Counted::and);
    List<Drift.OfColumn> changes = new ArrayList<>();
    for (DriftCounts counts : all.counts()) {
      Optional<Tokenizer> tokenizer = dataset.tokenizer(counts.column().name());
      changes.add(
          counts.change(
              tokenizer.map(known -> unknown(known, counts.column().size())).orElse(new boolean[0]),
              dataset.schema().find(Column.HISTORY).isEmpty()));
    }
    return Optional.of(new Drift(changes, languages(all.texts())));
  }

  private boolean isNew(CycleShards shard) {
    ShardFacts facts = dataset.manifest().split(shard.split()).shards().get(shard.shard());
    return CycleShards.isNew(facts, since);
  }

  private List<Column> columns() {
    List<String> read =
        Task.of(settings, dataset.schema(), "dataset " + dataset.directory()).feed().columns();
    return dataset.manifest().columns().stream()
        .filter(column -> read.contains(column.name()))
        .toList();
  }

  /** Ids that are no text by themselves, but for the one that ends texts. */
  private static boolean[] unknown(Tokenizer tokenizer, int size) {
    boolean[] unknown = new boolean[size];
    for (int id = 0; id < size; id++) {
      if (tokenizer.has(id) && id != tokenizer.endOfText()) {
        String text = tokenizer.decode(new int[] {id});
        unknown[id] = text.isEmpty() || text.indexOf('\uFFFD') >= 0;
      }
    }
    tokenizer.unknown().ifPresent(id -> unknown[id] = true);
    return unknown;
  }

  private Map<String, Drift.Change> languages(List<SampledText> texts) {
    Optional<Tokenizer> tokenizer = dataset.tokenizer(Column.TEXT);
    Map<String, Drift.Change> shares = new TreeMap<>();
    if (tokenizer.isEmpty() || texts.isEmpty()) {
      return shares;
    }
    Map<String, Double> before = new TreeMap<>();
    Map<String, Double> now = new TreeMap<>();
    long news = texts.stream().filter(SampledText::isNew).count();
    for (SampledText text : texts) {
      String language =
          LanguageIdentifier.standard().identify(tokenizer.get().decode(text.ids())).language();
      double share = 1.0 / Math.max(1, text.isNew() ? news : texts.size() - news);
      (text.isNew() ? now : before).merge(language, share, Double::sum);
    }
    for (Map<String, Double> side : List.of(before, now)) {
      for (String language : side.keySet()) {
        double old = before.getOrDefault(language, 0.0);
        double fresh = now.getOrDefault(language, 0.0);
        if (Math.max(old, fresh) >= LEAST_SHARE) {
          shares.put(language, new Drift.Change(old, fresh));
        }
      }
    }
    return shares;
  }

  /**
   * A text that was drawn.
   *
   * @param draw those with the smallest ones are taken
   */
  private record SampledText(boolean isNew, long draw, int[] ids) implements Serializable {}

  /** What some rows have come to. */
  private record Counted(List<DriftCounts> counts, List<SampledText> texts)
      implements Serializable {
    Counted and(Counted more) {
      for (int column = 0; column < counts.size(); column++) {
        counts.get(column).add(more.counts.get(column));
      }
      List<SampledText> all = new ArrayList<>(texts);
      all.addAll(more.texts);
      return new Counted(counts, first(all));
    }

    /** Of each side the first ones. */
    static List<SampledText> first(List<SampledText> all) {
      List<SampledText> first = new ArrayList<>();
      for (boolean side : new boolean[] {false, true}) {
        all.stream()
            .filter(text -> text.isNew() == side)
            .sorted(Comparator.comparingLong(SampledText::draw))
            .limit(TEXTS)
            .forEach(first::add);
      }
      return first;
    }
  }

  /** Counts the rows of shards. */
  private record Count(Storage storage, Path directory, List<Column> columns, int since)
      implements FlatMapFunction<Iterator<CycleShards>, Counted> {
    @Override
    public Iterator<Counted> call(Iterator<CycleShards> shards) {
      Dataset dataset = Dataset.open(storage, directory);
      List<DriftCounts> counts = DriftCounts.of(columns);
      List<SampledText> texts = new ArrayList<>();
      while (shards.hasNext()) {
        add(dataset, shards.next(), counts, texts);
        texts = Counted.first(texts);
      }
      return List.of(new Counted(counts, texts)).iterator();
    }

    private void add(
        Dataset dataset, CycleShards chosen, List<DriftCounts> counts, List<SampledText> texts) {
      ShardFacts facts = dataset.manifest().split(chosen.split()).shards().get(chosen.shard());
      Shard shard = dataset.shard(chosen.split(), chosen.shard());
      boolean isNew = CycleShards.isNew(facts, since);
      List<String> names = columns.stream().map(Column::name).toList();
      for (int row : chosen.rows(facts.name(), shard.rows())) {
        long draw = SplitMix64.of(chosen.seed(), chosen.shard(), row).nextLong();
        Side side = isNew ? Side.NEW : draw < 0 ? Side.OLD : Side.OLD_TOO;
        Row cells = shard.row(names, row, Integer.MAX_VALUE);
        counts.forEach(column -> column.add(side, cells));
        if (names.contains(Column.TEXT)) {
          int[] ids = ((Ids) cells.cell(Column.TEXT)).values();
          texts.add(new SampledText(isNew, draw, Arrays.copyOf(ids, Math.min(TOKENS, ids.length))));
        }
      }
    }
  }
}
