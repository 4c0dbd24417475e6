package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Facts;
import io.chorale.data.Ids;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Schema;
import io.chorale.data.Shard;
import io.chorale.data.ShardFacts;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.token.CharacterTrainer;
import io.chorale.token.Tokenizer;
import io.chorale.token.Tokenizers;
import io.chorale.token.WordTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Corpora that have more than text, or none. */
class TokenizeColumnsTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  @TempDir Path directory;

  private CommandRun tokenize(String... settings) {
    List<String> all = new ArrayList<>(List.of("data.path=" + directory.resolve("out")));
    all.addAll(List.of("data.validation=0", "data.shards=2", "corpus.max-rejected=0.9"));
    all.addAll(List.of(settings));
    return CommandRun.with(all, "tokenize", "--overwrite");
  }

  private Dataset dataset() {
    return Dataset.open(
        new Storage(new Configuration(false)),
        new org.apache.hadoop.fs.Path(directory.resolve("out").toUri().getPath()));
  }

  private static List<Row> rows(Dataset dataset, DatasetSplit split) {
    List<Row> rows = new ArrayList<>();
    List<ShardFacts> shards = dataset.manifest().split(split).shards();
    for (int i = 0; i < shards.size(); i++) {
      Shard shard = dataset.shard(split, i);
      for (int row = 0; row < shards.get(i).rows(); row++) {
        rows.add(shard.row(names(dataset.schema()), row, Integer.MAX_VALUE));
      }
    }
    return rows;
  }

  private static List<String> names(Schema schema) {
    return schema.columns().stream().map(Column::name).toList();
  }

  private static int[] ids(Row row, String column) {
    return ((Ids) row.cell(column)).values();
  }

  /** The numbers of a cell, as they were before they were scaled. */
  private float[] numbers(Row row, String column) {
    Facts facts = dataset().schema().facts(column);
    float[] values = ((Numbers) row.cell(column)).values().clone();
    for (int i = 0; i < values.length; i++) {
      int channel = i % facts.mean().size();
      double raw = values[i] * facts.deviation().get(channel) + facts.mean().get(channel);
      values[i] = Math.round(1e4 * raw) / 1e4f;
    }
    return values;
  }

  /** {@code reason cause} of each, in the order of the corpus. */
  private List<String> rejected() throws IOException {
    List<String> rejected = new ArrayList<>();
    for (String line : Files.readAllLines(directory.resolve("out/rejected/part-00000.jsonl"))) {
      JsonNode node = new ObjectMapper().readTree(line);
      rejected.add(node.get("reason").asText() + " " + node.path("cause").asText());
    }
    return rejected;
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(directory.resolve(name), content);
  }

  @Test
  void wordsHaveTags() throws IOException {
    Path train =
        write(
            "train.jsonl",
            """
            {"tokens": ["the", "sea"], "tags": ["DET", "NOUN"]}
            {"tokens": ["the", "10 000", "ships"], "tags": ["DET", "NUM", "NOUN"]}
            {"tokens": ["sail"], "tags": ["VERB"]}
            {"tokens": ["sail", "on"], "tags": ["VERB"]}
            """);
    Path test =
        write(
            "test.jsonl",
            """
            {"tokens": ["the", "10 000", "10", "000"], "tags": ["DET", "NUM", "NUM", "NUM"]}
            {"tokens": ["oh"], "tags": ["INTJ"]}
            {"tokens": ["oh"]}
            """);

    CommandRun run =
        tokenize(
            "corpus.paths=" + train,
            "corpus.test-paths=" + test,
            "corpus.text-field=tokens",
            "corpus.tags-field=tags",
            "tokenizer.kind=words",
            "tokenizer.vocabulary=7");

    assertEquals(0, run.exitCode(), run.err());
    assertTrue(
        run.out().contains("4 documents; rejected: 2 bad-tags, 1 unknown-tag; 0 empty"), run.out());
    assertEquals(
        List.of(
            "bad-tags 2 words, 1 tags", "unknown-tag INTJ", "bad-tags nothing, expected labels"),
        rejected());
    Dataset dataset = dataset();
    assertEquals(List.of(Column.ids("text", 7), Column.ids("tags", 4)), dataset.schema().columns());
    List<String> tags = List.of("DET", "NOUN", "NUM", "VERB");
    // Of the training split alone, without what was set aside.
    assertEquals(
        Facts.labels(tags).counted(List.of(2L, 2L, 1L, 1L)), dataset.schema().facts("tags"));
    assertFalse(dataset.schema().facts("text").tokenizer().isEmpty());
    Tokenizer tokenizer =
        Tokenizers.load(dataset.tokenizers().get("tokenizer.json"), "tokenizer.json");
    Set<String> found = new TreeSet<>();
    for (Row row : rows(dataset, DatasetSplit.TRAIN)) {
      found.add(
          Arrays.stream(ids(row, "tags")).mapToObj(tags::get).collect(Collectors.joining(" "))
              + ": "
              + tokenizer.decode(ids(row, "text")));
      assertEquals(ids(row, "tags").length, ids(row, "text").length);
    }
    assertEquals(
        Set.of("DET NOUN: the sea", "DET NUM NOUN: the 10 000 ships", "VERB: sail"), found);
    Row only = rows(dataset, DatasetSplit.TEST).get(0);
    int unknown = tokenizer.encode(Tokenizers.UNKNOWN)[0];
    int[] text = ids(only, "text");
    assertEquals(4, text.length);
    assertArrayEquals(new int[] {unknown, unknown}, Arrays.copyOfRange(text, 2, 4));
    assertEquals("the 10 000", tokenizer.decode(Arrays.copyOf(text, 2)));
    assertEquals(14, dataset.manifest().split(DatasetSplit.TEST).bytes());
  }

  @Test
  void tagsAskForATokenizerOfWords() throws IOException {
    Path file = write("a.csv", "text,tags\nthe sea,DET NOUN\n");
    byte[] words = WordTrainer.train(Map.of("the", 3L, "sea", 2L), 4);
    Path good = Files.write(directory.resolve("words.json"), words);
    String[] set = {"corpus.paths=" + file, "corpus.tags-field=tags"};
    CommandRun given = tokenize(set[0], set[1], "tokenizer.file=" + good);
    assertEquals(0, given.exitCode(), given.err());
    assertArrayEquals(new int[] {2, 3}, ids(rows(dataset(), DatasetSplit.TRAIN).get(0), "text"));

    Path other = directory.resolve("characters.json");
    Files.write(other, CharacterTrainer.train(Map.of("a", 3L, "b", 2L), 4));
    CommandRun refused = tokenize(set[0], set[1], "tokenizer.file=" + other);
    assertEquals(2, refused.exitCode(), refused.err());
    assertTrue(refused.err().contains("expected one with an id for every word"), refused.err());
    CommandRun trained = tokenize(set);
    assertEquals(2, trained.exitCode(), trained.err());
    assertTrue(
        trained.err().contains("tokenizer.kind must be words where corpus.tags-field is set"),
        trained.err());
  }

  @Test
  void aTargetSharesTheTokenizer() throws IOException {
    Path file =
        write(
            "pairs.tsv",
            "de\ten\ndas Meer\tthe sea\ndas Schiff\tthe ship\nohne Ziel\t\nein Meer\ta sea\n");

    CommandRun run =
        tokenize(
            "corpus.paths=" + file,
            "corpus.text-field=de",
            "corpus.target-field=en",
            "tokenizer.kind=words",
            "tokenizer.vocabulary=10");

    assertEquals(0, run.exitCode(), run.err());
    assertEquals(List.of("no-target "), rejected());
    Dataset dataset = dataset();
    assertEquals(List.of("text", "target"), names(dataset.schema()));
    assertEquals(10, dataset.schema().column("target").size());
    assertEquals(
        dataset.schema().facts("text").tokenizer(), dataset.schema().facts("target").tokenizer());
    Tokenizer tokenizer =
        Tokenizers.load(dataset.tokenizers().get("tokenizer.json"), "tokenizer.json");
    Set<String> found = new TreeSet<>();
    for (Row row : rows(dataset, DatasetSplit.TRAIN)) {
      for (String column : List.of("text", "target")) {
        int[] ids = ids(row, column);
        assertEquals(tokenizer.endOfText(), ids[ids.length - 1]);
      }
      found.add(tokenizer.decode(ids(row, "text")) + " = " + tokenizer.decode(ids(row, "target")));
    }
    assertEquals(Set.of("das Meer = the sea", "das Schiff = the ship", "ein Meer = a sea"), found);
    // What is counted as text is that of the first column.
    assertEquals(
        "das Meerdas Schiffein Meer".length(),
        dataset.manifest().split(DatasetSplit.TRAIN).bytes());
  }

  @Test
  void aTargetMayHaveATokenizerOfItsOwn() throws IOException {
    Path file =
        write("pairs.tsv", "de\ten\ndas Meer\tthe sea\ndas Schiff\tthe ship\nein Meer\ta ship\n");
    String[] separate = {
      "corpus.paths=" + file,
      "corpus.text-field=de",
      "corpus.target-field=en",
      "tokenizer.target=separate",
      "tokenizer.kind=words",
      "tokenizer.vocabulary=6",
      "tokenizer.target-vocabulary=4"
    };
    CommandRun run = tokenize(separate);
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains("text (6), target (4)"), run.out());
    Dataset dataset = dataset();
    Map<String, byte[]> files = dataset.tokenizers();
    assertEquals(Set.of("tokenizer.json", "target-tokenizer.json"), files.keySet());
    Tokenizer source = dataset.tokenizer("text").orElseThrow();
    Tokenizer target = dataset.tokenizer("target").orElseThrow();
    Set<String> found = new TreeSet<>();
    for (Row row : rows(dataset, DatasetSplit.TRAIN)) {
      found.add(source.decode(ids(row, "text")) + " = " + target.decode(ids(row, "target")));
    }
    // Of the target's words the two most frequent ones, which no source takes a place from.
    assertEquals(3, found.size());
    assertTrue(found.contains("das Schiff = the ship"), found.toString());
    assertTrue(
        found.stream().map(pair -> pair.split(" = ")[0]).toList().contains("ein Meer"),
        found.toString());

    byte[] manifest = Files.readAllBytes(directory.resolve("out/dataset.json"));
    Path first = Files.write(directory.resolve("a.json"), files.get("tokenizer.json"));
    Path second = Files.write(directory.resolve("b.json"), files.get("target-tokenizer.json"));
    List<String> given = new ArrayList<>(Arrays.asList(separate).subList(0, 4));
    given.add("tokenizer.file=" + first);
    CommandRun half = tokenize(given.toArray(String[]::new));
    assertEquals(2, half.exitCode());
    assertTrue(half.err().contains("tokenizer.target-file must be set"), half.err());
    CommandRun lost = tokenize(with(given, "tokenizer.target-file=" + directory.resolve("c.json")));
    assertEquals(2, lost.exitCode());
    assertTrue(lost.err().contains("Check tokenizer.target-file."), lost.err());
    CommandRun both = tokenize(with(given, "tokenizer.target-file=" + second));
    assertEquals(0, both.exitCode(), both.err());
    assertArrayEquals(manifest, Files.readAllBytes(directory.resolve("out/dataset.json")));

    CommandRun many = tokenize(with(Arrays.asList(separate), "tokenizer.target-vocabulary=7"));
    assertEquals(1, many.exitCode());
    assertTrue(many.err().contains("tokenizer.target-vocabulary) to at most 6"), many.err());
    // A text that is tokenized as the target is has one tokenizer after all.
    Path same = write("same.tsv", "de\ten\nthe sea\tthe sea\n");
    CommandRun equal =
        tokenize(
            "corpus.paths=" + same,
            separate[1],
            separate[2],
            separate[3],
            "tokenizer.kind=words",
            "tokenizer.vocabulary=4");
    assertEquals(0, equal.exitCode(), equal.err());
    assertEquals(Set.of("tokenizer.json"), dataset().tokenizers().keySet());
    assertFalse(Files.exists(directory.resolve("out/target-tokenizer.json")));
  }

  private static String[] with(List<String> settings, String more) {
    List<String> all = new ArrayList<>(settings);
    all.add(more);
    return all.toArray(String[]::new);
  }

  @Test
  void aSeriesHasALabelAndNoText() throws IOException {
    Path train =
        write(
            "train.jsonl",
            """
            {"beat": [[0.5, 1], [1.5, 2]], "kind": "fast"}
            {"beat": [[1, 2], [3, 4], [5, 6]], "kind": "slow"}
            {"beat": [[1, 2, 3]], "kind": "slow"}
            {"beat": [[1, 2], [3, NaN]], "kind": "slow"}
            {"beat": [], "kind": "slow"}
            {"beat": [[7, 8]]}
            """);
    Path test =
        write(
            "test.jsonl",
            "{\"beat\": [[9, 9]], \"kind\": \"slow\"}\n{\"beat\": [[9, 9]], \"kind\": \"new\"}\n{\"beat\": [9], \"kind\": \"slow\"}\n");
    String[] set = {
      "corpus.paths=" + train,
      "corpus.test-paths=" + test,
      "corpus.text-field=",
      "corpus.series-field=beat",
      "corpus.label-field=kind"
    };

    CommandRun run = tokenize(set);

    assertEquals(0, run.exitCode(), run.err());
    assertTrue(
        run.out()
            .contains("3 documents; rejected: 1 no-label, 1 unknown-label, 4 bad-series; 0 empty"),
        run.out());
    assertEquals(
        List.of(
            "bad-series 3 channels, most have 2",
            "bad-series NaN at 2",
            "bad-series an empty list, expected numbers",
            "no-label ",
            "unknown-label new",
            "bad-series 1 channels, most have 2"),
        rejected());
    assertFalse(Files.exists(directory.resolve("out/tokenizer.json")));
    Dataset dataset = dataset();
    assertTrue(dataset.tokenizers().isEmpty());
    assertEquals(
        List.of(Column.series("series", 2), Column.label("label", 2)), dataset.schema().columns());
    assertEquals(
        Facts.labels(List.of("fast", "slow")).counted(List.of(1L, 1L)),
        dataset.schema().facts("label"));
    // Of the five steps of the training split alone.
    Facts scale = dataset.schema().facts("series");
    assertEquals(List.of(2.2, 3.0), scale.mean());
    assertEquals(Math.sqrt((2.89 + 0.49 + 1.44 + 0.64 + 7.84) / 5), scale.deviation().get(0), 1e-9);
    assertEquals(Math.sqrt((4 + 1 + 1 + 1 + 9) / 5.0), scale.deviation().get(1), 1e-9);
    assertEquals(0, dataset.manifest().split(DatasetSplit.TRAIN).bytes());
    assertEquals(5, dataset.manifest().split(DatasetSplit.TRAIN).elements("series"));
    Set<String> found = new TreeSet<>();
    for (Row row : rows(dataset, DatasetSplit.TRAIN)) {
      found.add(ids(row, "label")[0] + " " + Arrays.toString(numbers(row, "series")));
    }
    assertEquals(Set.of("0 [0.5, 1.0, 1.5, 2.0]", "1 [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]"), found);
    assertArrayEquals(
        new float[] {9, 9}, numbers(rows(dataset, DatasetSplit.TEST).get(0), "series"));
    String fingerprint = dataset.fingerprint();
    assertEquals(0, tokenize(set).exitCode());
    assertEquals(fingerprint, dataset().fingerprint());
  }

  @Test
  void vectorsHaveRealLabelsAndTargets() throws IOException {
    Path file =
        write(
            "a.csv",
            "a,b,price,name\n1,2,0.5,one two\n3,4,-1,three four\n5,6,x,five six\n7,,1,seven\n");

    CommandRun run =
        tokenize(
            "corpus.paths=" + file,
            "corpus.text-field=",
            "corpus.vector-fields=[b, a]",
            "corpus.target-field=name",
            "corpus.label-field=price",
            "corpus.label-type=number",
            "tokenizer.kind=characters");

    assertEquals(0, run.exitCode(), run.err());
    assertEquals(
        List.of("no-label \"x\" at 1, expected a number", "bad-vector no numbers"), rejected());
    Dataset dataset = dataset();
    assertEquals(List.of("vector", "target", "label"), names(dataset.schema()));
    assertEquals(Column.vector("vector", 2), dataset.schema().column("vector"));
    assertEquals(Column.number("label"), dataset.schema().column("label"));
    assertEquals(Facts.scale(List.of(-0.25), List.of(0.75)), dataset.schema().facts("label"));
    assertEquals(
        Facts.scale(List.of(3.0, 2.0), List.of(1.0, 1.0)), dataset.schema().facts("vector"));
    Tokenizer tokenizer =
        Tokenizers.load(dataset.tokenizers().get("tokenizer.json"), "tokenizer.json");
    Set<String> found = new TreeSet<>();
    for (Row row : rows(dataset, DatasetSplit.TRAIN)) {
      found.add(
          Arrays.toString(numbers(row, "vector"))
              + numbers(row, "label")[0]
              + tokenizer.decode(ids(row, "target")));
    }
    assertEquals(Set.of("[2.0, 1.0]0.5one two", "[4.0, 3.0]-1.0three four"), found);
  }

  @Test
  void listsOfWordsNeedATokenizerThatTakesThem() throws IOException {
    Path file = write("a.jsonl", "{\"text\": [\"the\", \"sea\"]}\n{\"text\": \"the sea\"}\n");
    CommandRun words =
        tokenize("corpus.paths=" + file, "tokenizer.kind=words", "tokenizer.vocabulary=4");
    assertEquals(0, words.exitCode(), words.err());
    List<Row> rows = rows(dataset(), DatasetSplit.TRAIN);
    assertEquals(2, rows.size());
    assertArrayEquals(ids(rows.get(0), "text"), ids(rows.get(1), "text"));
    assertEquals(3, ids(rows.get(0), "text").length);

    CommandRun characters = tokenize("corpus.paths=" + file, "tokenizer.kind=characters");
    assertEquals(0, characters.exitCode(), characters.err());
    assertEquals(
        List.of("no-text a list of words, expected text where the tokenizer cuts it"), rejected());
  }
}
