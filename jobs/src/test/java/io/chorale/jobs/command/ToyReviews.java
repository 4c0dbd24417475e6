package io.chorale.jobs.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Invented reviews of three classes in official CSV files for each split: every text has three
 * words that only its class has, among many that all have.
 */
public final class ToyReviews {
  /** In the order of their characters: capitals come first. */
  public static final List<String> LABELS = List.of("Mixed", "bad", "good");

  static final int TRAIN = 240;
  static final int VALIDATION = 60;
  static final int TEST = 90;

  private static final int WORDS_OF_ALL = 20;
  private static final int WORDS_OF_CLASS = 6;
  private static final String HEADER = "id,review,class\n";

  private ToyReviews() {}

  /** Writes the files, each with a row that is no document. */
  public static void write(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(
        directory.resolve("train.csv"), HEADER + rows(1, TRAIN) + "x,nobody has judged this,\n");
    Files.writeString(
        directory.resolve("validation.csv"), HEADER + "x,\"\",good\n" + rows(2, VALIDATION));
    Files.writeString(
        directory.resolve("test.csv"), HEADER + rows(3, TEST) + "x,\"a class, unheard of\",odd\n");
  }

  private static String rows(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    StringBuilder rows = new StringBuilder();
    for (int row = 0; row < count; row++) {
      int label = row % LABELS.size();
      List<String> words =
          new ArrayList<>(
              IntStream.range(0, random.nextInt(3, 10))
                  .mapToObj(i -> "word" + random.nextInt(WORDS_OF_ALL))
                  .toList());
      for (int i = 0; i < 3; i++) {
        words.add(
            random.nextInt(words.size()),
            "%s%d".formatted("mbg".charAt(label), random.nextInt(WORDS_OF_CLASS)));
      }
      // Of every three rows one is quoted, with all that asks for quotes.
      String text =
          row % 9 < 3
              ? "\"" + String.join(" , ", words) + "\nand \"\"so\"\" on\""
              : String.join(" ", words);
      rows.append("%d,%s,%s\n".formatted(row, text, LABELS.get(label)));
    }
    return rows.toString();
  }

  /**
   * Settings that read them, and train on them until the model gets no better.
   *
   * @param directory where the files are and the dataset is to be
   * @param run the run's directory
   * @param model further settings
   */
  public static List<String> settings(Path directory, String run, String... model) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "corpus.paths=[" + directory.resolve("train.csv") + "]",
                "corpus.validation-paths=[" + directory.resolve("validation.csv") + "]",
                "corpus.test-paths=[" + directory.resolve("test.csv") + "]",
                "corpus.text-field=review",
                "corpus.label-field=class",
                "corpus.max-rejected=0.05",
                "tokenizer.kind=words",
                "tokenizer.vocabulary=42",
                "data.path=" + directory.resolve("data"),
                "data.shards=4",
                "task.kind=classification",
                "task.direction=both-ways",
                "model.layers=1",
                "model.width=16",
                "model.dropout=0.1",
                "train.context=24",
                "train.batch=16",
                "train.workers=2",
                "train.steps=450",
                "train.average-every=15",
                "train.learning-rate=0.01",
                "train.warmup=5",
                "train.patience=3",
                "average.outer=nesterov",
                "run.keep=2",
                "run.path=" + run));
    settings.addAll(List.of(model));
    return settings;
  }
}
