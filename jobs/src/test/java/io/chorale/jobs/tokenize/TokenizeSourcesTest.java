package io.chorale.jobs.tokenize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.DatasetSplit;
import io.chorale.corpus.Account;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Ids;
import io.chorale.data.Shard;
import io.chorale.data.ShardFacts;
import io.chorale.data.SourceFacts;
import io.chorale.io.Storage;
import io.chorale.jobs.command.CommandRun;
import io.chorale.token.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A corpus of several sources becomes one dataset. */
class TokenizeSourcesTest {
  private static final Storage STORAGE = new Storage(new Configuration());
  private static final int DOCUMENTS = 200;

  @TempDir Path directory;

  private CommandRun tokenize(String master, String data, String... set) {
    List<String> settings = new ArrayList<>(List.of(set));
    settings.add("tokenizer.kind=characters");
    settings.add("data.path=" + directory.resolve(data));
    return CommandRun.with(settings, "tokenize", "--master=" + master);
  }

  private Dataset dataset(String data) {
    return Dataset.open(STORAGE, new org.apache.hadoop.fs.Path(directory.resolve(data).toUri()));
  }

  private Map<String, Account.OfSource> account(String data) {
    Account account = Account.of(STORAGE, dataset(data).runs()).orElseThrow();
    assertEquals(1, account.additions().size());
    account.check();
    return account.sources();
  }

  /** The texts of a split, sorted. */
  private static TreeSet<String> texts(Dataset dataset, DatasetSplit split) {
    Tokenizer tokenizer = dataset.tokenizer(Column.TEXT).orElseThrow();
    TreeSet<String> texts = new TreeSet<>();
    for (int shard = 0; shard < dataset.manifest().split(split).shards().size(); shard++) {
      texts.addAll(texts(dataset.shard(split, shard), tokenizer));
    }
    return texts;
  }

  private static List<String> texts(Shard shard, Tokenizer tokenizer) {
    List<String> texts = new ArrayList<>();
    for (int row = 0; row < shard.rows(); row++) {
      Ids ids = (Ids) shard.row(List.of(Column.TEXT), row, Integer.MAX_VALUE).cell(Column.TEXT);
      // Without the id that ends it.
      texts.add(tokenizer.decode(Arrays.copyOf(ids.values(), ids.values().length - 1)));
    }
    return texts;
  }

  /** Web pages as JSON, books as text with a validation file of its own, mail as CSV. */
  private String sources() throws IOException {
    StringBuilder web = new StringBuilder("no json\n");
    StringBuilder books = new StringBuilder();
    StringBuilder mail = new StringBuilder();
    for (int i = 0; i < DOCUMENTS; i++) {
      web.append("{\"page\": {}, \"body\": \"web %d\"}\n".formatted(i));
      books.append("book ").append(i).append("\n\n");
      mail.append("%d;mail %d\n".formatted(i, i));
    }
    Files.writeString(directory.resolve("web.jsonl"), web);
    Files.writeString(directory.resolve("books.txt"), books);
    Files.writeString(directory.resolve("held-out.txt"), "bookmail 1\nbookmail 2\n");
    Files.writeString(directory.resolve("mail.csv"), mail);
    return "corpus.sources={web: {paths: [%s], text-field: body, tags: [crawl], weight: 2}, books: {paths: [%s], validation-paths: [%s]}, mail: {paths: [%s], csv-delimiter: ;, csv-header: false, text-field: 2, weight: 0}}"
        .formatted(
            directory.resolve("web.jsonl"),
            directory.resolve("books.txt"),
            directory.resolve("held-out.txt"),
            directory.resolve("mail.csv"));
  }

  @Test
  void eachSourceIsReadInItsWayAndSplitInItsWay() throws IOException {
    CommandRun run =
        tokenize("local[2]", "data", sources(), "data.validation=0.2", "data.shards=4");
    assertEquals(0, run.exitCode(), run.err());
    Dataset dataset = dataset("data");
    TreeSet<String> train = texts(dataset, DatasetSplit.TRAIN);
    TreeSet<String> validation = texts(dataset, DatasetSplit.VALIDATION);
    TreeSet<String> all = new TreeSet<>(train);
    all.addAll(validation);
    assertEquals(3 * DOCUMENTS + 2, all.size());
    assertEquals(3 * DOCUMENTS + 2, train.size() + validation.size());
    assertTrue(all.contains("web 7") && all.contains("book 7") && all.contains("mail 7"));
    // Books have a file for validation, so nothing else is cut off of them.
    assertEquals(
        List.of("bookmail 1", "bookmail 2"),
        validation.stream().filter(text -> text.startsWith("book")).toList());
    for (String source : List.of("web", "mail")) {
      long held = validation.stream().filter(text -> text.startsWith(source)).count();
      assertTrue(held > DOCUMENTS / 10 && held < DOCUMENTS / 3, source + " " + held);
    }
    assertEquals(
        List.of(
            new SourceFacts("web", List.of("crawl"), 2, ""),
            new SourceFacts("books", List.of(), 1, ""),
            new SourceFacts("mail", List.of(), 0, "")),
        dataset.manifest().sources());
    Tokenizer tokenizer = dataset.tokenizer(Column.TEXT).orElseThrow();
    for (DatasetSplit split : List.of(DatasetSplit.TRAIN, DatasetSplit.VALIDATION)) {
      List<ShardFacts> shards = dataset.manifest().split(split).shards();
      for (int shard = 0; shard < shards.size(); shard++) {
        // Texts begin as the names of their sources do.
        String begin = shards.get(shard).source().substring(0, 3);
        assertTrue(
            texts(dataset.shard(split, shard), tokenizer).stream()
                .allMatch(text -> text.startsWith(begin)),
            shards.get(shard).toString());
      }
      assertEquals(
          List.of("web", "books", "mail"),
          shards.stream().map(ShardFacts::source).distinct().toList());
    }
    Map<String, Account.OfSource> sources = account("data");
    assertEquals(List.of("web", "books", "mail"), List.copyOf(sources.keySet()));
    assertEquals("200 of 201 documents; 1 bad-json", sources.get("web").toString());
    assertEquals("202 of 402 documents; 200 empty", sources.get("books").toString());
    assertEquals("200 of 200 documents", sources.get("mail").toString());
    assertTrue(run.out().contains("source      books: 202 of 402 documents; 200 empty"), run.out());
    String page = Files.readString(directory.resolve("data/dataset.html"));
    assertTrue(page.contains("<th scope=\"row\">books</th><td>402</td><td>202</td>"), page);
    assertTrue(
        page.contains("<th scope=\"row\">web</th><td>crawl</td><td></td><td>200</td>"), page);
    String rejected = Files.readString(directory.resolve("data/rejected/part-00000.jsonl"));
    assertEquals(1, rejected.lines().count(), rejected);
    assertTrue(rejected.contains("web.jsonl") && rejected.contains("bad-json"), rejected);
  }

  private CommandRun train(String run, String... set) {
    List<String> settings = new ArrayList<>(List.of(set));
    settings.addAll(
        List.of(
            "data.path=" + directory.resolve("data"),
            "run.path=" + directory.resolve(run),
            "model.kind=rnn",
            "model.layers=1",
            "model.width=8",
            "train.batch=2",
            "train.context=8",
            "train.epochs=1",
            "train.average-every=1000"));
    return CommandRun.with(settings, "train", "--master=local[1]");
  }

  /** The steps of an epoch, which a finished training has made. */
  private long steps(String run) throws IOException {
    Matcher steps =
        Pattern.compile("steps: (\\d+)")
            .matcher(Files.readString(directory.resolve(run).resolve("settings.yaml")));
    assertTrue(steps.find());
    return Long.parseLong(steps.group(1));
  }

  @Test
  void anEpochHasThePassesThatTheDatasetOrTheTrainingAsksFor() throws IOException {
    assertEquals(0, tokenize("local[2]", "data", sources()).exitCode());
    for (String run : List.of("weights", "mixed")) {
      String mix = run.equals("mixed") ? "train.mix={web: 0, mail: 3}" : "train.mix=";
      CommandRun trained = train(run, mix);
      assertEquals(0, trained.exitCode(), trained.err());
    }
    DatasetManifest.Split split = dataset("data").manifest().split(DatasetSplit.TRAIN);
    Map<String, Long> tokens = new HashMap<>();
    split
        .shards()
        .forEach(shard -> tokens.merge(shard.source(), shard.elements("text"), Long::sum));
    double block = 2 * 8;
    assertEquals((2 * tokens.get("web") + tokens.get("books")) / block, steps("weights"), 1);
    assertEquals((tokens.get("books") + 3 * tokens.get("mail")) / block, steps("mixed"), 1);
    CommandRun other = train("weights", "train.mix={web: 1}");
    assertEquals(2, other.exitCode(), other.err());
    CommandRun unknown = train("new", "train.mix={wep: 1}");
    assertEquals(2, unknown.exitCode(), unknown.err());
    assertTrue(unknown.err().contains("The nearest one is web."), unknown.err());
  }

  /**
   * A file that is cut short: its first lines can be read, but nobody knows what they are worth.
   */
  private Path cut(String name, List<String> lines) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
    }
    return Files.write(
        directory.resolve(name), Arrays.copyOf(packed.toByteArray(), packed.size() * 3 / 4));
  }

  @Test
  void aDamagedFileIsLostAsAWholeAndCostsNoOtherFileAnything() throws IOException {
    Random random = new Random(7);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 4000; i++) {
      lines.add("line %d %d".formatted(i, random.nextLong()));
    }
    Path cut = cut("cut.txt.gz", lines);
    Path good = Files.writeString(directory.resolve("good.txt"), String.join("\n", lines));
    String sources =
        "corpus.sources={first: {paths: [%s]}, second: {paths: [%s]}}".formatted(cut, good);
    CommandRun strict = tokenize("local[2]", "data", sources, "corpus.max-rejected=0.2");
    assertEquals(1, strict.exitCode(), strict.err());
    assertTrue(strict.err().contains("corrupt-file (it ends early"), strict.err());

    // Copies of what is lost stay.
    String[] lenient = {sources, "corpus.max-rejected=0.6", "duplicates.remove=exact"};
    for (String master : List.of("local[1]", "local[3]")) {
      CommandRun run = tokenize(master, master, lenient);
      assertEquals(0, run.exitCode(), run.err());
      assertTrue(run.out().contains("damaged     file:" + cut), run.out());
      Dataset dataset = dataset(master);
      TreeSet<String> kept = texts(dataset, DatasetSplit.TRAIN);
      kept.addAll(texts(dataset, DatasetSplit.VALIDATION));
      assertEquals(new TreeSet<>(lines), kept);
      Account.OfSource first = account(master).get("first");
      long read = first.read().documents();
      assertTrue(read > 1000 && read < 4000, first.toString());
      assertEquals(
          "0 of %d documents; %d lost; damaged files: 1".formatted(read, read), first.toString());
      assertEquals(Files.size(cut), first.damaged().bytes());
      assertEquals(first.read(), first.reasons().get("lost"));
      assertEquals("4000 of 4000 documents", account(master).get("second").toString());
    }
    CommandRun alone =
        tokenize("local[2]", "alone", "corpus.paths=" + cut, "corpus.max-rejected=1");
    assertEquals(1, alone.exitCode(), alone.err());
    assertTrue(alone.err().contains("it holds no usable document"), alone.err());
  }

  @Test
  void aFileIsOfOneSource() throws IOException {
    Path file = Files.writeString(directory.resolve("a.txt"), "text\n");
    CommandRun run =
        tokenize(
            "local[1]",
            "data",
            "corpus.sources={a: {paths: [%s]}, b: {paths: [%s]}}".formatted(file, file));
    assertEquals(2, run.exitCode(), run.err());
    assertTrue(
        run.err().contains("corpus.sources.a.paths and corpus.sources.b.paths both lead to it"),
        run.err());
    CommandRun none = tokenize("local[1]", "data", "corpus.sources={a: {weight: 2}}");
    assertEquals(2, none.exitCode(), none.err());
    assertTrue(none.err().contains("corpus.sources.a.paths is empty"), none.err());
  }
}
