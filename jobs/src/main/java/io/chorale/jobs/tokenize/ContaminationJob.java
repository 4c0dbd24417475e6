package io.chorale.jobs.tokenize;

import static org.apache.spark.sql.functions.col;

import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.corpus.CorpusCounts;
import io.chorale.corpus.CorpusPlan;
import io.chorale.data.Contamination;
import io.chorale.duplicate.GramSet;
import io.chorale.io.Storage;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.spark.Broadcasts;
import io.chorale.jobs.spark.PartStage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.spark.Step;
import io.chorale.jobs.spark.Tally;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.Tuple2;

/**
 * Finds held-out texts in the training split by n-grams of words (Brown et al., "Language Models
 * are Few-Shot Learners", 2020, appendix C): hash those of all held-out texts, look for them in
 * training documents, leave out common phrases, and count the words that lie in the others.
 *
 * <p>Text is read twice, for the n-grams of either side. Hashes alone are shuffled: those of
 * n-grams that both sides have. A process holds one set of {@code contamination.grams}.
 *
 * @param screen what rules and copies leave
 */
record ContaminationJob(
    Session session,
    Storage storage,
    Settings settings,
    HeldOut held,
    Screen screen,
    Consumer<String> say) {
  private static final String GRAM = "gram";
  private static final StructType GRAMS = new StructType().add(GRAM, DataTypes.LongType, false);

  /**
   * Finds it.
   *
   * @param work where the parts of its stages are kept
   */
  Contamination run(CorpusPlan plan, Made made, Path work) {
    PartStage<HeldOutPart> heldOut =
        new PartStage<>(storage, work, "held-out", made.heldOut(), HeldOutPart.class);
    PartStage<MatchedPart> matched =
        new PartStage<>(storage, work, "matched", made.matched(), MatchedPart.class);
    PartStage<ContaminatedPart> contaminated = screen.contaminated();
    PartStage<FoundPart> found =
        new PartStage<>(storage, work, "found", made.contaminated(), FoundPart.class);
    Overlaps overlaps = new Overlaps(storage, heldOut, matched, settings.contamination().words());
    List<HeldOutPart> texts = grams(plan, made, heldOut);
    List<MatchedPart> matches = matches(plan, matched, texts, overlaps);
    List<Integer> training = numbers(plan.parts().size());
    List<Integer> others = numbers(texts.size());
    boolean whole = finished(contaminated) == training.size() && finished(found) == others.size();
    Broadcast<GramSet> counting =
        context().broadcast(whole ? new GramSet(1) : counting(matches, texts, overlaps));
    try {
      List<ContaminatedPart> in =
          contaminated.run(
              context(),
              training,
              (number, part) -> overlaps.training(number, contaminated, counting.value()));
      List<FoundPart> of =
          found.run(
              context(), others, (number, part) -> overlaps.heldOut(number, counting.value()));
      return told(texts, of, matches, in);
    } finally {
      Broadcasts.destroy(context(), counting);
    }
  }

  private JavaSparkContext context() {
    return session.context();
  }

  private static List<Integer> numbers(int parts) {
    return IntStream.range(0, parts).boxed().toList();
  }

  private int finished(PartStage<?> stage) {
    return stage.finished(context()).size();
  }

  /** The n-grams of all held-out texts, part by part. */
  private List<HeldOutPart> grams(CorpusPlan plan, Made made, PartStage<HeldOutPart> stage) {
    SentSettings sent = new SentSettings(settings);
    SentSettings given = new SentSettings(HeldOut.text(settings));
    try (Tally tally = new Tally(context());
        Step step = step("Reading held-out texts", tally, plan)) {
      GramTask task =
          new GramTask(storage, sent, given, screen, FileSplits.of(plan.files()), stage, tally);
      List<GramTask.Source> sources = held.sources(plan, settings, made.growth());
      List<HeldOutPart> parts = stage.run(context(), sources, task);
      for (int i = 0; i < held.given().size(); i++) {
        check(held.given().get(i), HeldOut.given(i), sources, parts);
      }
      HeldOutPart.Texts all =
          parts.stream()
              .map(ContaminationJob::all)
              .reduce(HeldOutPart.Texts.NONE, HeldOutPart.Texts::and);
      step.finish(
          "%s documents, %s words"
              .formatted(Amounts.count(all.documents()), Amounts.count(all.words())));
      return parts;
    }
  }

  private static HeldOutPart.Texts all(HeldOutPart part) {
    return part.sets().values().stream().reduce(HeldOutPart.Texts.NONE, HeldOutPart.Texts::and);
  }

  /** Fails where given files hold no text, or too much that is none. */
  private void check(
      HeldOut.Given given, int set, List<GramTask.Source> sources, List<HeldOutPart> parts) {
    CorpusCounts counts = new CorpusCounts();
    for (int number = 0; number < parts.size(); number++) {
      if (sources.get(number) instanceof GramTask.OfPart part && part.set() == set) {
        counts.merge(parts.get(number).counts());
      }
    }
    if (counts.documents() == 0 && counts.damaged(given.files()).isEmpty()) {
      throw new ChoraleException(
          "Cannot look for the texts of %s: it holds none (%s), expected at least one. Check contamination.paths."
              .formatted(given.files().get(0), counts));
    }
    counts.check(given.files(), settings.corpus().maxRejected());
  }

  /** Where training documents have such n-grams, part by part. */
  private List<MatchedPart> matches(
      CorpusPlan plan, PartStage<MatchedPart> stage, List<HeldOutPart> texts, Overlaps overlaps) {
    boolean whole = finished(stage) == plan.parts().size();
    Broadcast<GramSet> grams =
        context().broadcast(whole ? new GramSet(1) : heldOut(texts, overlaps));
    try (Tally tally = new Tally(context());
        Step step = step("Looking for held-out texts", tally, plan)) {
      MatchTask task =
          new MatchTask(
              storage,
              new SentSettings(settings),
              screen,
              FileSplits.of(plan.files()),
              grams,
              stage,
              tally);
      List<MatchedPart> parts = stage.run(context(), plan.parts(), task);
      long every = every(parts);
      step.finish(
          every > 1 ? "one of %d n-grams looked for".formatted(every) : "every n-gram looked for");
      return parts;
    } finally {
      Broadcasts.destroy(context(), grams);
    }
  }

  private static long every(List<MatchedPart> parts) {
    return parts.stream().mapToLong(MatchedPart::every).max().orElse(1);
  }

  /** All n-grams of held-out texts, or every k-th one. */
  private GramSet heldOut(List<HeldOutPart> texts, Overlaps overlaps) {
    int most = settings.contamination().grams();
    JavaRDD<Integer> parts = partitions(numbers(texts.size()));
    return union(
        parts.mapPartitions(
            numbers -> {
              GramSet set = new GramSet(most);
              while (numbers.hasNext()) {
                TableFiles.Rows rows = overlaps.heldOut(numbers.next());
                while (rows.next()) {
                  set.add(rows.get(HeldOutPart.GRAM));
                }
              }
              return List.of(set).iterator();
            }));
  }

  /** Of these the ones that training documents have and that are no common phrases. */
  private GramSet counting(List<MatchedPart> matches, List<HeldOutPart> texts, Overlaps overlaps) {
    long common = settings.contamination().common();
    int most = settings.contamination().grams();
    long every = every(matches);
    JavaRDD<Row> grams =
        partitions(numbers(matches.size()))
            .flatMap(part -> new DistinctGrams(overlaps.matched(part)));
    Dataset<Row> counts = session.sql().createDataFrame(grams, GRAMS).groupBy(GRAM).count();
    return union(
        (common == 0 ? counts : counts.filter(col("count").leq(common)))
            .select(GRAM)
            .javaRDD()
            .mapPartitions(
                rows -> {
                  GramSet set = new GramSet(most, every);
                  rows.forEachRemaining(row -> set.add(row.getLong(0)));
                  return List.of(set).iterator();
                }));
  }

  private JavaRDD<Integer> partitions(List<Integer> numbers) {
    int most = 2 * context().defaultParallelism();
    return context().parallelize(numbers, Math.max(1, Math.min(numbers.size(), most)));
  }

  /** One set of all: they are merged on an executor, so that the driver receives one alone. */
  private static GramSet union(JavaRDD<GramSet> sets) {
    return sets
        .mapToPair(set -> new Tuple2<>(0, set))
        .reduceByKey(
            (all, some) -> {
              all.addAll(some);
              return all;
            },
            1)
        .values()
        .collect()
        .stream()
        .findFirst()
        .orElseGet(() -> new GramSet(1));
  }

  private Contamination told(
      List<HeldOutPart> texts,
      List<FoundPart> found,
      List<MatchedPart> matches,
      List<ContaminatedPart> training) {
    List<Contamination.Texts> sets = new ArrayList<>();
    List<String> names = held.names();
    for (int i = 0; i < names.size(); i++) {
      int set = i;
      HeldOutPart.Texts all =
          texts.stream()
              .map(part -> part.sets().getOrDefault(set, HeldOutPart.Texts.NONE))
              .reduce(HeldOutPart.Texts.NONE, HeldOutPart.Texts::and);
      FoundPart.Found some =
          found.stream()
              .map(part -> part.sets().getOrDefault(set, FoundPart.Found.NONE))
              .reduce(FoundPart.Found.NONE, FoundPart.Found::and);
      if (all.documents() > 0) {
        sets.add(texts(names.get(set), all, some));
      }
    }
    HeldOutPart.Texts all =
        matches.stream()
            .map(MatchedPart::texts)
            .reduce(HeldOutPart.Texts.NONE, HeldOutPart.Texts::and);
    FoundPart.Found some =
        training.stream()
            .map(part -> new FoundPart.Found(part.documents(), part.words()))
            .reduce(FoundPart.Found.NONE, FoundPart.Found::and);
    return new Contamination(
        settings.contamination().words(),
        every(matches),
        sets,
        texts(DatasetSplit.TRAIN.key(), all, some));
  }

  private static Contamination.Texts texts(
      String name, HeldOutPart.Texts all, FoundPart.Found found) {
    return new Contamination.Texts(
        name, all.documents(), all.shorter(), found.documents(), all.words(), found.words());
  }

  private Step step(String name, Tally tally, CorpusPlan plan) {
    return new Step(context(), say, name, tally::toString, tally::read, plan.storedBytes());
  }
}
