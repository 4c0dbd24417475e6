package io.chorale.jobs.command;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.duplicate.Bands;
import io.chorale.io.RegularFiles;
import io.chorale.io.Storage;
import io.chorale.jobs.bench.DuplicateBenchmark;
import io.chorale.jobs.bench.DuplicateBenchmark.Point;
import io.chorale.jobs.bench.DuplicateBenchmark.Speed;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code chorale bench-duplicates}: the recall of near-duplicates, measured and computed, and the
 * speed of signatures; see {@link DuplicateBenchmark}.
 */
@Command(
    name = "bench-duplicates",
    description =
        "Measure how many near-duplicates of a known similarity are found, beside what is expected,"
            + " and, on a text of yours, the speed of one thread.")
final class BenchDuplicatesCommand extends SettingsCommand {
  private static final int DOCUMENT = 3000;

  @Option(
      names = "--pairs",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Planted pairs for each similarity (default: ${DEFAULT-VALUE}).")
  private int pairs;

  @Option(
      names = "--words",
      paramLabel = "N",
      defaultValue = "5",
      description = "Words of an n-gram (default: ${DEFAULT-VALUE}).")
  private int words;

  @Option(
      names = "--bands",
      paramLabel = "N",
      defaultValue = "14",
      description = "Bands of a signature (default: ${DEFAULT-VALUE}).")
  private int bands;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "8",
      description = "Hashes of a band (default: ${DEFAULT-VALUE}).")
  private int rows;

  @Option(
      names = "--similarity",
      paramLabel = "S",
      defaultValue = "0.4",
      description = "Share of equal hashes that confirms a pair (default: ${DEFAULT-VALUE}).")
  private double similarity;

  @Option(
      names = "--text",
      paramLabel = "FILE",
      description = "Text for the speed, cut into documents of about 3,000 characters.")
  private Path text;

  @Override
  void run(Settings settings) throws Exception {
    if (pairs < 1 || words < 1 || bands < 1 || rows < 1) {
      throw new SettingsException(
          "--pairs, --words, --bands and --rows must be at least 1 (got: %d, %d, %d, %d)"
              .formatted(pairs, words, bands, rows));
    }
    List<String> documents = text == null ? List.of() : documents();
    DuplicateBenchmark benchmark = new DuplicateBenchmark(words, new Bands(bands, rows));
    out()
        .printf(
            "%10s %10s %10s %10s %10s%n", "similarity", "computed", "met", "of error", "confirmed");
    for (int percent = 5; percent <= 100; percent += 5) {
      print(benchmark.point(percent / 100.0, pairs, similarity));
    }
    if (!documents.isEmpty()) {
      Speed speed = benchmark.speed(documents, 1, 5);
      out()
          .printf(
              "MB/s of processor time, one thread: words %.1f, signatures %.1f, privacy %.1f%n",
              speed.words(), speed.signatures(), speed.privacy());
    }
  }

  private void print(Point point) {
    double off = point.met() - point.computed();
    out()
        .printf(
            "%10.2f %10.4f %10.4f %10s %10.4f%n",
            point.similarity(),
            point.computed(),
            point.met(),
            off == 0 ? "0.0" : "%+.1f".formatted(off / point.error()),
            point.confirmed());
    out().flush();
  }

  /** The text in pieces, each of whole lines where these are short. */
  private List<String> documents() {
    String whole = whole();
    List<String> documents = new ArrayList<>();
    int begin = 0;
    while (begin < whole.length()) {
      int line = whole.indexOf('\n', Math.min(whole.length(), begin + DOCUMENT));
      int end = line < 0 || line > begin + 2 * DOCUMENT ? begin + DOCUMENT : line + 1;
      end = Math.min(end, whole.length());
      documents.add(whole.substring(begin, end));
      begin = end;
    }
    return documents;
  }

  private String whole() {
    RegularFiles.check(text.toFile());
    try {
      return Files.readString(text);
    } catch (CharacterCodingException e) {
      throw unreadable("it is not UTF-8", e);
    } catch (IOException e) {
      throw unreadable(Storage.reason(e), e);
    }
  }

  private SettingsException unreadable(String found, IOException cause) {
    return new SettingsException(
        "Cannot read %s: %s, expected a text. Correct --text.".formatted(text, found), cause);
  }
}
