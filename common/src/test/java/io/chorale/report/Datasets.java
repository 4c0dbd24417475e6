package io.chorale.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.chorale.config.DatasetSplit;
import io.chorale.config.SettingsFile;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Facts;
import io.chorale.data.Ids;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.data.ShardFacts;
import io.chorale.data.ShardWriter;
import io.chorale.data.Values;
import io.chorale.io.Storage;
import io.chorale.random.SplitMix64;
import io.chorale.token.Tokenizers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;

/** Datasets, and their pages, for tests. */
final class Datasets {
  static final Storage STORAGE = new Storage(new Configuration());

  private Datasets() {}

  static org.apache.hadoop.fs.Path path(Path directory) {
    return new org.apache.hadoop.fs.Path(directory.toUri());
  }

  static Dataset open(Path directory) {
    return Dataset.open(STORAGE, path(directory));
  }

  static String page(Path directory) {
    return DatasetPage.of(STORAGE, open(directory));
  }

  /** A tokenizer of those words, and of an end-of-text and an unknown one. */
  static byte[] tokenizer(List<String> words) {
    Map<String, Long> counts = new LinkedHashMap<>();
    words.forEach(word -> counts.put(word, 100L - counts.size()));
    return Tokenizers.train(
        SettingsFile.read(
                "test",
                "",
                List.of("tokenizer.kind=words", "tokenizer.vocabulary=" + (words.size() + 2)))
            .tokenizer(),
        counts);
  }

  /**
   * Writes a dataset; the shards of the validation split hold the first row alone.
   *
   * @param tokenizer null: there is none
   * @param train the rows of each shard
   */
  static void write(Path directory, Schema schema, byte[] tokenizer, List<List<Row>> train) {
    if (tokenizer != null) {
      STORAGE.publish(new org.apache.hadoop.fs.Path(path(directory), Dataset.TOKENIZER), tokenizer);
    }
    Map<DatasetSplit, DatasetManifest.Split> splits = new EnumMap<>(DatasetSplit.class);
    splits.put(DatasetSplit.TRAIN, split(directory, schema, DatasetSplit.TRAIN, train));
    splits.put(
        DatasetSplit.VALIDATION,
        split(directory, schema, DatasetSplit.VALIDATION, List.of(train.get(0).subList(0, 1))));
    DatasetManifest.of(schema, splits).publish(STORAGE, path(directory));
  }

  private static DatasetManifest.Split split(
      Path directory, Schema schema, DatasetSplit split, List<List<Row>> shards) {
    List<ShardFacts> facts = new ArrayList<>();
    for (List<Row> rows : shards) {
      ShardWriter writer = new ShardWriter(schema.columns());
      rows.forEach(writer::add);
      facts.add(writer.publish(STORAGE, path(directory), split, facts.size()));
    }
    long rows = shards.stream().mapToLong(List::size).sum();
    boolean text = schema.find(Column.TEXT).isPresent();
    return DatasetManifest.Split.of(schema.columns(), facts, text ? 7 * rows : 0);
  }

  /** A schema with a column of every kind. */
  static Schema schema(byte[] tokenizer, int entries, List<String> labels) {
    Map<String, Facts> facts = new LinkedHashMap<>();
    facts.put(Column.TEXT, Facts.tokenizer(Tokenizers.fingerprint(tokenizer)));
    facts.put(Column.TAGS, Facts.labels(List.of("O", "B")));
    facts.put(
        "values",
        Facts.series(List.of("warm", "wet"), List.of(0.5, -1.0), List.of(2.0, 0.25), "", 0));
    facts.put(Column.LABEL, Facts.labels(labels));
    facts.put("price", Facts.scale(List.of(10.0), List.of(4.0)));
    return new Schema(
        List.of(
            Column.ids(Column.TEXT, entries),
            Column.ids(Column.TAGS, 2),
            Column.series("values", 2),
            Column.vector("image", 3),
            Column.label(Column.LABEL, labels.size()),
            Column.number("price")),
        facts);
  }

  /** Rows of that schema whose texts have from 1 to some hundreds of tokens. */
  static List<Row> rows(int count, int entries, int labels, long seed) {
    SplitMix64 random = SplitMix64.of(seed);
    return IntStream.range(0, count)
        .mapToObj(
            row -> {
              int length = 1 + (int) random.below(row % 9 == 0 ? 600 : 40);
              Map<String, Values> cells = new LinkedHashMap<>();
              // Squares are smaller ones more often: some tokens are more frequent than others.
              int[] text =
                  IntStream.range(0, length)
                      .map(i -> (int) (random.below(entries) * random.below(entries) / entries))
                      .toArray();
              cells.put(Column.TEXT, Ids.of(text));
              cells.put(
                  Column.TAGS,
                  Ids.of(IntStream.range(0, length).map(i -> (int) random.below(2)).toArray()));
              cells.put("values", Numbers.of(2, numbers(random, 2 * (1 + row % 5))));
              cells.put("image", Numbers.of(3, numbers(random, 3)));
              cells.put(Column.LABEL, Ids.of((int) random.below(labels)));
              cells.put("price", Numbers.of(1, numbers(random, 1)));
              return new Row(cells);
            })
        .toList();
  }

  private static float[] numbers(SplitMix64 random, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (random.below(2001) - 1000) / 500f;
    }
    return numbers;
  }

  /** Adds what was rejected: an object a line. */
  static void reject(Path directory, int part, String lines) {
    STORAGE.publish(
        new org.apache.hadoop.fs.Path(
            path(directory), "%s/part-%05d.jsonl".formatted(Dataset.REJECTED, part)),
        lines.getBytes(UTF_8));
  }
}
