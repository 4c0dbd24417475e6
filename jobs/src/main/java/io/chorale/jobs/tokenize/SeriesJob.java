package io.chorale.jobs.tokenize;

import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.corpus.CorpusCounts;
import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.CorpusFile;
import io.chorale.corpus.Document;
import io.chorale.corpus.Field;
import io.chorale.corpus.Rejection;
import io.chorale.data.Calendar;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Schema;
import io.chorale.data.ShardCounts;
import io.chorale.data.SignatureFacts;
import io.chorale.data.TimeStep;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SentSettings;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction2;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * Rows of series, made of steps that lie anywhere in the corpus: sorted by series and time, cut at
 * gaps, split by time, scaled by what their training steps say. Sorted steps wait on the executors'
 * disks; of them a task holds the rows that are under way.
 */
final class SeriesJob implements AutoCloseable {
  private final SentSettings settings;
  private final JavaRDD<CorpusEntry> judged;
  private final StepFacts facts;
  private final SeriesBorders borders;
  private final int history;
  private final JavaPairRDD<StepKey, float[]> sorted;
  private final TimeStep step;
  private final JavaRDD<SeriesShape> shapes;
  private final List<SeriesCensus> census;
  private final Optional<SeriesBase> base;

  /**
   * Sorts the steps and finds their series.
   *
   * @param entries of the corpus
   * @param known steps that the dataset has, if it is added to
   */
  SeriesJob(
      Settings settings,
      JavaRDD<CorpusEntry> entries,
      StepFacts facts,
      Optional<SeriesBase> base,
      JavaPairRDD<StepKey, float[]> known) {
    this.settings = new SentSettings(settings);
    this.facts = facts;
    this.base = base;
    borders = SeriesBorders.of(settings.data());
    history = history(settings);
    judged = entries.map(facts::check);
    int partitions = Math.max(entries.getNumPartitions(), known.getNumPartitions());
    sorted =
        judged
            .filter(entry -> entry instanceof Document)
            .mapToPair(SeriesJob::keyed)
            .union(known)
            .repartitionAndSortWithinPartitions(
                new StepKey.ByGroup(partitions), new StepKey.ByTime())
            .persist(StorageLevel.DISK_ONLY());
    step = base.map(SeriesBase::step).orElseGet(() -> StepLengths.mostFrequent(sorted));
    TimeStep step = this.step;
    SeriesBorders borders = this.borders;
    shapes =
        sorted
            .mapPartitions(part -> SeriesShape.of(new SeriesSteps(part), step, borders), true)
            .persist(StorageLevel.MEMORY_AND_DISK());
    int history = this.history;
    census =
        shapes.mapPartitions(part -> List.of(SeriesCensus.of(part, history)).iterator()).collect();
  }

  /** Steps before its own that a row has. */
  static int history(Settings settings) {
    int set = settings.data().history();
    return set > 0 ? set : settings.forecast().window() - 1;
  }

  private static Tuple2<StepKey, float[]> keyed(CorpusEntry entry) {
    Document step = (Document) entry;
    float[] values = ((Field.Numbers) step.field(Document.SERIES)).values();
    return new Tuple2<>(StepKey.of(step), values);
  }

  /** All that the corpus holds besides steps of rows. */
  private JavaRDD<CorpusEntry> rejections() {
    int history = this.history;
    boolean added = base.isPresent();
    Set<Integer> changed = base.map(SeriesBase::changed).orElse(Set.of());
    JavaRDD<CorpusEntry> ofSeries =
        zipped((steps, shapes) -> new SeriesRejections(steps, shapes, history, added, changed));
    return judged.filter(entry -> entry instanceof Rejection).union(ofSeries);
  }

  /**
   * What is to be written of the rejections.
   *
   * @param counted says where there are any: a part of the corpus without is not read again
   */
  JavaRDD<RejectedLine> rejectedLines(Broadcast<List<CorpusFile>> files, Counted counted) {
    SentSettings settings = this.settings;
    long[] kept = counted.kept();
    return rejections()
        .mapPartitionsWithIndex(
            (partition, part) -> kept[partition] > 0 ? part : List.<CorpusEntry>of().iterator(),
            true)
        .map(entry -> (Rejection) entry)
        .filter(
            rejection ->
                RejectedJob.kept(
                    rejection, files.value().get(rejection.file()), settings.get().corpus()))
        .map(rejection -> RejectedLine.of(rejection, files.value().get(rejection.file())));
  }

  /**
   * What the corpus holds.
   *
   * @param kept rejections that are to be written, by partition of {@link #rejections}
   * @param read documents of each file
   * @param rejected of each file
   */
  record Counted(CorpusCounts counts, long[] kept, long[] read, long[] rejected) {
    /** Rejections that are to be written. */
    long allKept() {
      return Arrays.stream(kept).sum();
    }
  }

  /**
   * What some entries come to.
   *
   * @param files how many there are of each file, but for those that tell of the file itself
   * @param written rejections that are to be written
   */
  private record Counts(CorpusCounts counts, Map<Integer, Long> files, long written)
      implements Serializable {
    static void count(CorpusEntry entry, Map<Integer, Long> files) {
      if (!(entry instanceof Rejection rejection) || !rejection.reason().ofFile()) {
        files.merge(entry.file(), 1L, Long::sum);
      }
    }

    void addTo(long[] all) {
      files.forEach((file, count) -> all[file] += count);
    }
  }

  /** Counts the corpus, and what is written of its rejections. */
  Counted count(Broadcast<List<CorpusFile>> files) {
    SentSettings settings = this.settings;
    int parsed = judged.getNumPartitions();
    long[] read = new long[files.value().size()];
    long[] rejected = new long[read.length];
    CorpusCounts counts = new CorpusCounts();
    List<Counts> all =
        judged
            .mapPartitions(
                part -> {
                  CorpusCounts found = new CorpusCounts();
                  Map<Integer, Long> ofFiles = new HashMap<>();
                  part.forEachRemaining(
                      entry -> {
                        found.add(entry);
                        Counts.count(entry, ofFiles);
                      });
                  return List.of(new Counts(found, ofFiles, 0)).iterator();
                })
            .collect();
    all.forEach(part -> part.addTo(read));
    all.forEach(part -> counts.merge(part.counts()));
    List<Counts> aside =
        rejections()
            .mapPartitionsWithIndex(
                (partition, part) -> {
                  CorpusCounts found = new CorpusCounts();
                  Map<Integer, Long> ofFiles = new HashMap<>();
                  long written = 0;
                  while (part.hasNext()) {
                    Rejection rejection = (Rejection) part.next();
                    if (partition >= parsed) {
                      found.setAside(rejection);
                    }
                    Counts.count(rejection, ofFiles);
                    CorpusFile file = files.value().get(rejection.file());
                    written += RejectedJob.kept(rejection, file, settings.get().corpus()) ? 1 : 0;
                  }
                  return List.of(new Counts(found, ofFiles, written)).iterator();
                },
                true)
            .collect();
    aside.forEach(part -> part.addTo(rejected));
    aside.forEach(part -> counts.merge(part.counts()));
    return new Counted(counts, aside.stream().mapToLong(Counts::written).toArray(), read, rejected);
  }

  /** Writes the last steps of all series, for what is added later. */
  void writeTail(Storage storage, Path run) {
    SeriesTail.write(sorted, facts, history + 1, storage, run);
  }

  private <T> JavaRDD<T> zipped(Zip<T> zip) {
    FlatMapFunction2<Iterator<Tuple2<StepKey, float[]>>, Iterator<SeriesShape>, T> function =
        (steps, shapes) -> zip.apply(new SeriesSteps(steps), shapes);
    return sorted.zipPartitions(shapes, function);
  }

  /** What is made of the steps of a partition and the shapes of its series. */
  private interface Zip<T> extends Serializable {
    Iterator<T> apply(Iterator<SeriesSteps.Step> steps, Iterator<SeriesShape> shapes);
  }

  /** The rows, each with its place; and the schema that they have. */
  record Rows(DealtRows dealt, Schema schema) {}

  /** Deals the series to splits and shards. */
  Rows rows() {
    long[] totals = new long[DatasetSplit.values().length];
    long[][] places = new long[census.size()][];
    for (int partition = 0; partition < places.length; partition++) {
      places[partition] = totals.clone();
      long[] sizes = census.get(partition).sizes();
      Arrays.setAll(totals, split -> totals[split] + sizes[split]);
    }
    if (base.isEmpty() && totals[DatasetSplit.TRAIN.ordinal()] == 0) {
      throw new ChoraleException(
          "Cannot split the corpus: no series has more than %,d steps without a gap in its training part, expected at least one. Lower data.history, or forecast.look-back and forecast.horizon where that is 0, or check data.borders; the step was found to be %s."
              .formatted(history, step));
    }
    if (!borders.borders().isEmpty() && Arrays.stream(totals).skip(1).sum() == 0) {
      throw new ChoraleException(
          "Cannot split the corpus: no series has steps enough behind the first of data.borders, expected some to validate on. Check data.borders: numbers of steps, or times such as 2017-06-01.");
    }
    ShardNumbers numbers = new ShardNumbers(counts(totals));
    int history = this.history;
    SeriesScale scale = base.map(SeriesBase::scale).orElseGet(this::scale);
    List<Calendar> features = Calendar.of(step);
    JavaRDD<Tuple2<RowKey, RowPart>> rows =
        zipped(
            (steps, shapes) -> {
              int partition = TaskContext.getPartitionId();
              SeriesDealer dealer = new SeriesDealer(numbers, totals, places[partition], history);
              return new SeriesRows(steps, shapes, dealer, scale, features);
            });
    long steps = census.stream().mapToLong(SeriesCensus::steps).sum();
    return new Rows(
        new DealtRows(rows, SignatureFacts.NONE, numbers, steps * facts.channels()),
        schema(scale, features));
  }

  private int[] counts(long[] totals) {
    int[] counts = new int[totals.length];
    for (DatasetSplit split : DatasetSplit.values()) {
      long total = totals[split.ordinal()];
      long bytes = Float.BYTES * facts.channels() * total;
      int most =
          split == DatasetSplit.TRAIN
              ? base.isPresent()
                  ? ShardCounts.added(settings.get().data(), new long[] {bytes})[0]
                  : ShardCounts.train(settings.get().data(), bytes)
              : ShardCounts.heldOut(facts.channels() * total);
      counts[split.ordinal()] = (int) Math.min(most, total);
    }
    return counts;
  }

  private SeriesScale scale() {
    List<Double> means = sums(List.of()).means();
    return SeriesScale.of(means, sums(means));
  }

  private ExactSums sums(List<Double> around) {
    int history = this.history;
    int channels = facts.channels();
    return zipped(
            (steps, shapes) ->
                List.of(SeriesScale.sums(steps, shapes, history, channels, around)).iterator())
        .reduce(ExactSums::merge);
  }

  private Schema schema(SeriesScale scale, List<Calendar> features) {
    int channels = facts.channels();
    List<String> fields = settings.get().corpus().valueFields();
    List<String> names = fields.size() == channels ? fields : List.of();
    List<Column> columns =
        new ArrayList<>(
            List.of(
                Column.series(Column.SERIES, channels), Column.series(Column.HISTORY, channels)));
    Map<String, Facts> known = new HashMap<>();
    known.put(
        Column.SERIES,
        Facts.series(names, scale.mean(), scale.deviation(), step.toString(), history));
    if (!features.isEmpty()) {
      columns.add(Column.series(Column.CALENDAR, features.size()));
      known.put(Column.CALENDAR, Facts.labels(features.stream().map(Calendar::key).toList()));
    }
    return new Schema(columns, known);
  }

  /** For people: {@code 12 series, a step of PT1H}. */
  String found() {
    long series = census.stream().mapToLong(SeriesCensus::series).sum();
    long unused = census.stream().mapToLong(SeriesCensus::unused).sum();
    return "%,d series with a step of %s%s"
        .formatted(
            series,
            step,
            unused > 0 ? "; %,d steps behind the last border left out".formatted(unused) : "");
  }

  @Override
  public void close() {
    if (!sorted.context().isStopped()) {
      shapes.unpersist();
      sorted.unpersist();
    }
  }
}
