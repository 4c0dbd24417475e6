package io.chorale.jobs.tokenize;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.SettingsException;
import io.chorale.corpus.Field.Moment.Form;
import io.chorale.io.Checksums;
import io.chorale.io.SealedJson;
import io.chorale.io.Storage;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/**
 * The last steps of every series of a dataset, in directory {@code tail} of the run that has read
 * steps last: so what is added later has its history, and none of the corpus is read again. A file
 * is that of a partition: a line of JSON for each series, packed by gzip.
 *
 * @param form how times were written
 * @param channels numbers of a step
 * @param steps at most, of each series
 * @param parts the files, in the order of series
 */
record SeriesTail(Form form, int channels, int steps, List<Part> parts) {
  static final String DIRECTORY = "tail";

  private static final String FILE = "tail.json";
  private static final int MOST_BYTES = Integer.MAX_VALUE - 8;
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String ADVICE = "tokenize all of the corpus with --overwrite";
  private static final SealedJson SEALED = new SealedJson("chorale-series-tail", 1, ADVICE);

  /**
   * A file.
   *
   * @param sha256 of its bytes
   */
  record Part(String name, long series, String sha256) implements Serializable {}

  /**
   * The last steps of a series, by rising time.
   *
   * @param values of each step
   */
  private record OfSeries(String series, List<Long> times, List<float[]> values) {}

  SeriesTail {
    parts = List.copyOf(parts);
  }

  /**
   * Writes the last steps of all series.
   *
   * @param sorted by series and time
   * @param steps of each
   * @param run its directory, or where that is staged
   */
  static void write(
      JavaPairRDD<StepKey, float[]> sorted, StepFacts facts, int steps, Storage storage, Path run) {
    Path directory = new Path(run, DIRECTORY);
    List<Part> parts =
        sorted
            .mapPartitionsWithIndex(
                (number, part) -> {
                  Packed packed = Packed.of(new SeriesSteps(part), steps);
                  return packed.series == 0
                      ? List.<Part>of().iterator()
                      : List.of(packed.publish(storage, directory, number)).iterator();
                },
                true)
            .collect();
    byte[] told = SEALED.write(new SeriesTail(facts.form(), facts.channels(), steps, parts));
    storage.publish(new Path(directory, FILE), told);
  }

  /** The lines of a partition. */
  private record Packed(long series, byte[] bytes) {
    static Packed of(SeriesSteps all, int steps) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      long series = 0;
      try (OutputStream out = new GZIPOutputStream(bytes)) {
        Deque<SeriesSteps.Step> last = new ArrayDeque<>();
        while (all.hasNext()) {
          SeriesSteps.Step step = all.next();
          if (step.begins()) {
            series += line(last, out);
            last.clear();
          }
          if (!step.aside()) {
            last.add(step);
          }
          if (last.size() > steps) {
            last.remove();
          }
        }
        series += line(last, out);
      }
      return new Packed(series, bytes.toByteArray());
    }

    Part publish(Storage storage, Path directory, int number) {
      String name = String.format(Locale.ROOT, "%05d.jsonl.gz", number);
      storage.publish(new Path(directory, name), bytes);
      return new Part(name, series, Checksums.sha256(bytes));
    }

    private static int line(Deque<SeriesSteps.Step> last, OutputStream out) throws IOException {
      if (last.isEmpty()) {
        return 0;
      }
      OfSeries line =
          new OfSeries(
              last.peek().key().group(),
              last.stream().map(step -> step.key().time()).toList(),
              last.stream().map(SeriesSteps.Step::values).toList());
      out.write(JSON.writeValueAsBytes(line));
      out.write('\n');
      return 1;
    }
  }

  /**
   * That of a dataset.
   *
   * @param run the directory of the one that has read steps last
   * @throws SettingsException where there is none
   */
  static SeriesTail open(Storage storage, Path run) {
    Path file = new Path(new Path(run, DIRECTORY), FILE);
    if (!storage.exists(file)) {
      throw new SettingsException(
          "Cannot add to the series of %s: there is no %s, expected the last steps of each. An older Chorale has written it: %s."
              .formatted(run, file, ADVICE));
    }
    return SEALED.read(storage.readFully(file, MOST_BYTES), file.toString(), SeriesTail.class);
  }

  /** The steps, a partition for each file. */
  JavaPairRDD<StepKey, float[]> read(JavaSparkContext context, Storage storage, Path run) {
    Path directory = new Path(run, DIRECTORY);
    return context
        .parallelize(parts, Math.max(1, parts.size()))
        .flatMapToPair(part -> steps(storage, directory, part));
  }

  private static Iterator<Tuple2<StepKey, float[]>> steps(
      Storage storage, Path directory, Part part) throws IOException {
    Path file = new Path(directory, part.name());
    byte[] bytes = storage.readFully(file, MOST_BYTES);
    if (!Checksums.sha256(bytes).equals(part.sha256())) {
      throw SEALED.damaged(file.toString(), "its SHA-256 is not that in " + FILE);
    }
    BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(new GZIPInputStream(new ByteArrayInputStream(bytes)), UTF_8));
    ObjectReader reader = JSON.readerFor(OfSeries.class);
    return lines.lines().flatMap(line -> parse(reader, line).stream()).iterator();
  }

  private static List<Tuple2<StepKey, float[]>> parse(ObjectReader reader, String line) {
    try {
      OfSeries of = reader.readValue(line);
      List<Tuple2<StepKey, float[]>> steps = new ArrayList<>();
      for (int i = 0; i < of.times().size(); i++) {
        steps.add(new Tuple2<>(StepKey.known(of.series(), of.times().get(i)), of.values().get(i)));
      }
      return steps;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a line that was written is read", e);
    }
  }
}
