package io.chorale.jobs.embed;

import io.chorale.checkpoint.RunDirectory;
import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.VectorSettings;
import io.chorale.data.Dataset;
import io.chorale.data.Mix;
import io.chorale.embed.SkipGramObjective;
import io.chorale.embed.WordCounts;
import io.chorale.io.FloatSlices;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.Broadcasts;
import io.chorale.jobs.spark.Step;
import io.chorale.task.Objective;
import io.chorale.vectors.RowLayout;
import io.chorale.vectors.Vocabulary;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.mllib.feature.Word2Vec;
import org.apache.spark.mllib.feature.Word2VecModel;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Word vectors by MLlib's {@link Word2Vec}, skip-gram with a hierarchical softmax, of the words and
 * phrases that Chorale's own trainer would have vectors of.
 *
 * <p>With one worker the same text, settings and seed give the same bytes, on machines whose Java
 * adds up in the same order and with the same {@code spark.default.parallelism}, by which MLlib
 * orders words that are equally frequent. With more there is no such promise: workers of one
 * process move the same rows at the same time, and their sums depend on who ends first.
 */
public final class MllibVectors {
  private static final String NAME = "Training by MLlib";

  /** Fits until one needed no second try of a task. */
  private static final int MOST_FITS = 4;

  private final JavaSparkContext spark;
  private final Settings settings;
  private final CountedText text;
  private final TrainingIds ids;
  private final Vocabulary vocabulary;
  private final RowLayout layout;
  private final FloatSlices first;
  private final int shards;
  private final List<int[]> parts;

  /**
   * What came of a training.
   *
   * @param rows of the words, in the order of the vocabulary
   * @param seconds of each pass through the text
   */
  public record Fit(FloatVector rows, List<Double> seconds) {}

  /**
   * Refuses settings by which MLlib cannot train; of the text nothing is read.
   *
   * @throws SettingsException naming what must change
   */
  public static void check(Settings settings) {
    if (settings.train().epochs() < 1) {
      throw new SettingsException(
          "Cannot train word vectors by MLlib: train.epochs is 0, expected how often it goes through the text. Set train.epochs.");
    }
  }

  /**
   * Counts the words of the dataset and finds its phrases, unless a run that has ended has them.
   *
   * @param mix what an epoch goes through
   * @param ended the run, where it has a checkpoint
   * @throws SettingsException where it has no text of words, or more than MLlib can take
   */
  public MllibVectors(
      JavaSparkContext spark,
      Storage storage,
      Settings settings,
      Dataset dataset,
      Mix mix,
      Optional<RunDirectory> ended) {
    check(settings);
    this.spark = spark;
    this.settings = settings;
    this.text = CountedText.of(spark, storage, settings, dataset, ended);
    this.vocabulary = text.counts().vocabulary(settings, text.tokenizer());
    this.first = text.counts().skipGram(settings, text.tokenizer()).first();
    this.ids = TrainingIds.of(storage, dataset).with(text.phrases());
    this.shards = dataset.manifest().split(DatasetSplit.TRAIN).shards().size();
    this.parts =
        Arrays.asList(
            mix.deal(
                settings.train().seed(), settings.train().workers(), objective().feed()::size));
    checkSize(vocabulary.size(), settings.vectors());
    checkCounts();
    this.layout = new RowLayout(vocabulary.size(), settings.vectors().size());
  }

  /** MLlib has all rows in one array. */
  private static void checkSize(long words, VectorSettings vectors) {
    if (words * vectors.size() >= Integer.MAX_VALUE) {
      throw new SettingsException(
          "Cannot train word vectors by MLlib: %,d words of %,d numbers are %,d, expected fewer than %,d in all. Raise vectors.min-count, lower vectors.size, or set vectors.trainer: chorale."
              .formatted(words, vectors.size(), words * vectors.size(), Integer.MAX_VALUE));
    }
  }

  /** It counts in 32 bits. */
  private void checkCounts() {
    int passes = 1 + parts.stream().flatMapToInt(Arrays::stream).max().orElse(0) / shards;
    long most = Math.multiplyExact(vocabulary.count(0), passes);
    if (most > Integer.MAX_VALUE) {
      throw new SettingsException(
          "Cannot train word vectors by MLlib: %s may stand %,d times in what an epoch goes through, expected at most %,d. Use less text, or set vectors.trainer: chorale."
              .formatted(vocabulary.spelling(0), most, Integer.MAX_VALUE));
    }
  }

  /** Its data and parameters. */
  public Objective objective() {
    return new SkipGramObjective(settings, vocabulary.size());
  }

  /** A word for it, for people. */
  public String name() {
    return "MLlib's skip-gram of " + text.told(vocabulary.size());
  }

  /** Files of the run that its parameters cannot be understood without, by their names. */
  public Map<String, byte[]> files() {
    return Map.of(WordCounts.FILE, text.counts().write());
  }

  /**
   * Trains.
   *
   * <p>A task of MLlib moves the rows of its process in place, so a second try of one would go on
   * from where the first one failed: where there was one, all is trained anew.
   *
   * @param say prints a line
   */
  public Fit fit(Consumer<String> say) {
    Broadcast<int[]> words =
        spark.broadcast(IntStream.range(0, text.ids()).map(vocabulary::word).toArray());
    try {
      JavaRDD<List<String>> sentences =
          spark
              .parallelize(parts, parts.size())
              .flatMap(new Sentences(ids, shards, words, settings.train().context()));
      for (int fits = 1; fits <= MOST_FITS; fits++) {
        Optional<Fit> fit = fit(sentences, say);
        if (fit.isPresent()) {
          return fit.get();
        }
        say.accept("a task of MLlib failed and was tried again, from rows that it had moved");
      }
      throw new ChoraleException(
          "Cannot train word vectors by MLlib: tasks failed in each of %d trainings, expected one without. See the logs of the executors, or set vectors.trainer: chorale, which goes on after such."
              .formatted(MOST_FITS));
    } finally {
      Broadcasts.destroy(spark, words);
    }
  }

  /** Trains once; nothing where a task needed a second try. */
  private Optional<Fit> fit(JavaRDD<List<String>> sentences, Consumer<String> say) {
    int epochs = settings.train().epochs();
    try (FitListener listener = new FitListener(spark, NAME);
        Step step =
            new Step(
                spark,
                say,
                NAME,
                () -> "%d of %d passes".formatted(passes(listener), epochs),
                () -> passes(listener),
                epochs)) {
      Word2VecModel model =
          new Word2Vec()
              .setVectorSize(settings.vectors().size())
              .setWindowSize(settings.vectors().window())
              .setMaxSentenceLength(settings.train().context())
              .setLearningRate(settings.train().learningRate())
              .setNumIterations(epochs)
              .setNumPartitions(parts.size())
              .setSeed(settings.train().seed())
              // The rare words are not among the sentences.
              .setMinCount(1)
              .fit(sentences);
      if (!listener.endedAtOnce(1 + epochs)) {
        return Optional.empty();
      }
      step.finish("%d passes".formatted(epochs));
      List<Double> seconds = listener.seconds();
      return Optional.of(new Fit(rows(model), seconds.subList(1, seconds.size())));
    }
  }

  /** Its first job counts words, each other one is a pass. */
  private static int passes(FitListener listener) {
    return Math.max(0, listener.ended() - 1);
  }

  /** A word that a source holds which is left out of the epoch keeps its first row. */
  private FloatVector rows(Word2VecModel model) {
    FloatVector rows = new FloatVector(layout.length());
    for (int slice = 0; slice < rows.sliceCount(); slice++) {
      System.arraycopy(first.slice(slice), 0, rows.slice(slice), 0, rows.slice(slice).length);
    }
    int perSlice = layout.rowsPerSlice();
    CollectionConverters.asJava(model.getVectors())
        .forEach(
            (name, vector) -> {
              int word = Integer.parseInt(name);
              int at = word % perSlice * layout.stride();
              System.arraycopy(vector, 0, rows.slice(word / perSlice), at, vector.length);
            });
    return rows;
  }
}
