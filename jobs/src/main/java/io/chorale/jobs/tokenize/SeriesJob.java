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
import io.chorale.jobs.spark.SentSettings;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
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
  private final List<Census> census;

  /**
   * Sorts the steps and finds their series.
   *
   * @param entries of the corpus
   */
  SeriesJob(Settings settings, JavaRDD<CorpusEntry> entries, StepFacts facts) {
    this.settings = new SentSettings(settings);
    this.facts = facts;
    borders = SeriesBorders.of(settings.data());
    history = history(settings);
    judged = entries.map(facts::check);
    sorted =
        judged
            .filter(entry -> entry instanceof Document)
            .mapToPair(SeriesJob::keyed)
            .repartitionAndSortWithinPartitions(
                new StepKey.ByGroup(entries.getNumPartitions()), new StepKey.ByTime())
            .persist(StorageLevel.DISK_ONLY());
    step = StepLengths.mostFrequent(sorted);
    TimeStep step = this.step;
    SeriesBorders borders = this.borders;
    shapes =
        sorted
            .mapPartitions(part -> SeriesShape.of(new SeriesSteps(part), step, borders), true)
            .persist(StorageLevel.MEMORY_AND_DISK());
    int history = this.history;
    census = shapes.mapPartitions(part -> List.of(Census.of(part, history)).iterator()).collect();
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

  /**
   * What the series of a partition come to.
   *
   * @param sizes by split; see {@link SeriesShape.Stretch#counted}
   * @param steps that rows have as their own
   */
  private record Census(long series, long[] sizes, long steps, long unused)
      implements Serializable {
    static Census of(Iterator<SeriesShape> shapes, int history) {
      long series = 0;
      long unused = 0;
      long steps = 0;
      long[] sizes = new long[DatasetSplit.values().length];
      while (shapes.hasNext()) {
        SeriesShape shape = shapes.next();
        series++;
        unused += shape.unused();
        for (SeriesShape.Stretch stretch : shape.stretches(history)) {
          sizes[stretch.split().ordinal()] += stretch.counted(history);
          steps += stretch.to() - stretch.first();
        }
      }
      return new Census(series, sizes, steps, unused);
    }
  }

  /** All that the corpus holds besides steps of rows. */
  private JavaRDD<CorpusEntry> rejections() {
    int history = this.history;
    JavaRDD<CorpusEntry> ofSeries =
        zipped((steps, shapes) -> new SeriesRejections(steps, shapes, history));
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
   */
  record Counted(CorpusCounts counts, long[] kept) {
    /** Rejections that are to be written. */
    long rejected() {
      return Arrays.stream(kept).sum();
    }
  }

  /** Counts the corpus, and what is written of its rejections. */
  Counted count(Broadcast<List<CorpusFile>> files) {
    SentSettings settings = this.settings;
    int parsed = judged.getNumPartitions();
    CorpusCounts counts =
        judged
            .mapPartitions(
                part -> {
                  CorpusCounts found = new CorpusCounts();
                  part.forEachRemaining(found::add);
                  return List.of(found).iterator();
                })
            .reduce(CorpusCounts::merge);
    List<Tuple2<CorpusCounts, Long>> rejected =
        rejections()
            .mapPartitionsWithIndex(
                (partition, part) -> {
                  CorpusCounts found = new CorpusCounts();
                  long written = 0;
                  while (part.hasNext()) {
                    Rejection rejection = (Rejection) part.next();
                    if (partition >= parsed) {
                      found.setAside(rejection);
                    }
                    CorpusFile file = files.value().get(rejection.file());
                    written += RejectedJob.kept(rejection, file, settings.get().corpus()) ? 1 : 0;
                  }
                  return List.of(new Tuple2<>(found, written)).iterator();
                },
                true)
            .collect();
    rejected.forEach(part -> counts.merge(part._1()));
    return new Counted(counts, rejected.stream().mapToLong(Tuple2::_2).toArray());
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
    if (totals[DatasetSplit.TRAIN.ordinal()] == 0) {
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
    SeriesScale scale = scale();
    List<Calendar> features = Calendar.of(step);
    JavaRDD<Tuple2<RowKey, RowPart>> rows =
        zipped(
            (steps, shapes) -> {
              int partition = TaskContext.getPartitionId();
              SeriesDealer dealer = new SeriesDealer(numbers, totals, places[partition], history);
              return new SeriesRows(steps, shapes, dealer, scale, features);
            });
    long steps = census.stream().mapToLong(Census::steps).sum();
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
              ? ShardCounts.train(settings.get().data(), bytes)
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
    long series = census.stream().mapToLong(Census::series).sum();
    long unused = census.stream().mapToLong(Census::unused).sum();
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
