package io.chorale.jobs.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.spark.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables, queries and formats of Spark's as a corpus. */
class TableSourcesTest {
  private static final int ROWS = 400;

  @TempDir Path directory;

  /** Rows of which each text stands there twice, with different labels; one of them has no text. */
  private static Dataset<Row> rows(SparkSession sql) {
    return sql.range(ROWS)
        .selectExpr(
            "named_struct('body', if(id = 7, NULL, concat('text number ', id div 2)), 'at', id) AS"
                + " page",
            "concat('label', id % 3) AS label",
            "CAST(id AS DECIMAL(8, 2)) AS number",
            "repeat('left out', 10) AS other");
  }

  private CommandRun tokenize(String name, String... set) {
    return tokenizeOn("local[2]", name, set);
  }

  private CommandRun tokenizeOn(String master, String name, String... set) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "data.path=" + directory.resolve(name),
                "data.validation=0.1",
                "data.shards=3",
                "corpus.max-rejected=0.1",
                "tokenizer.kind=characters"));
    settings.addAll(List.of(set));
    return CommandRun.with(settings, "tokenize", "--master=" + master);
  }

  private static String[] fields(String... more) {
    return Stream.concat(
            Stream.of(
                "corpus.text-field=page.body",
                "corpus.label-field=label",
                "corpus.vector-fields=number"),
            Stream.of(more))
        .toArray(String[]::new);
  }

  private TreeMap<String, byte[]> dataset(String name) throws IOException {
    TreeMap<String, byte[]> files = new TreeMap<>();
    Path dataset = directory.resolve(name);
    try (Stream<Path> found = Files.walk(dataset)) {
      for (Path file : found.filter(Files::isRegularFile).toList()) {
        if (!file.getFileName().toString().startsWith(".")) {
          files.put(dataset.relativize(file).toString(), Files.readAllBytes(file));
        }
      }
    }
    return files;
  }

  private void assertSame(String expected, String actual) throws IOException {
    TreeMap<String, byte[]> first = dataset(expected);
    TreeMap<String, byte[]> second = dataset(actual);
    assertEquals(first.keySet(), second.keySet());
    first.forEach((name, bytes) -> assertArrayEquals(bytes, second.get(name), name));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> found = Files.list(directory)) {
      return found.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  /** Of what is read anew the rows that the dataset has are only counted. */
  @Test
  void ofATableThatGrowsNewRowsAreAdded() throws Exception {
    String table = directory.resolve("grows").toString();
    try (Session session = Session.open("rows", "local[2]")) {
      rows(session.sql()).filter("number < 300").write().orc(table);
    }
    String[] orc = fields("corpus.format=orc", "corpus.paths=" + table);
    CommandRun made = tokenize("data", orc);
    assertEquals(0, made.exitCode(), made.err());
    TreeMap<String, byte[]> before = dataset("data");
    List<String> settings = new ArrayList<>(List.of(orc));
    settings.addAll(
        List.of(
            "data.path=" + directory.resolve("data"),
            "data.validation=0.1",
            "corpus.max-rejected=0.1",
            "tokenizer.kind=characters"));
    CommandRun nothing = CommandRun.with(settings, "tokenize", "--add", "--master=local[2]");
    assertEquals(0, nothing.exitCode(), nothing.err());
    assertTrue(nothing.err().contains("corpus is as it was when it was read"), nothing.err());
    assertFalse(nothing.err().contains("Copying"), nothing.err());
    assertTrue(nothing.out().contains("nothing is new"), nothing.out());
    assertEquals(before.keySet(), dataset("data").keySet());

    try (Session session = Session.open("rows", "local[2]")) {
      rows(session.sql()).filter("number >= 300").write().mode("append").orc(table);
    }
    CommandRun added = CommandRun.with(settings, "tokenize", "--add", "--master=local[2]");
    assertEquals(0, added.exitCode(), added.err());
    assertTrue(added.out().contains("100 documents; rejected: 1 no-text, 299 known;"), added.out());
    before.remove("dataset.json");
    before.remove("dataset.html");
    TreeMap<String, byte[]> after = dataset("data");
    before.forEach((name, bytes) -> assertArrayEquals(bytes, after.get(name), name));
    assertFalse(names().stream().anyMatch(name -> name.startsWith(".")), names().toString());
  }

  /** However rows were stored and whoever reads them: only what they hold decides. */
  @Test
  void theSameRowsGiveTheSameBytes() throws Exception {
    try (Session session = Session.open("rows", "local[2]")) {
      Dataset<Row> rows = rows(session.sql());
      rows.repartition(5).write().orc(directory.resolve("a").toString());
      rows.orderBy("number").coalesce(1).write().orc(directory.resolve("b").toString());
      rows.repartition(3).write().json(directory.resolve("c").toString());
    }
    String[] orc = fields("corpus.format=orc", "corpus.paths=" + directory.resolve("a"));
    CommandRun one = tokenizeOn("local[1]", "one", orc);
    assertEquals(0, one.exitCode(), one.err());
    assertTrue(one.err().contains("Copied orc: 400 rows"), one.err());
    assertEquals(0, tokenizeOn("local[4]", "four", orc).exitCode());
    assertSame("one", "four");
    assertTrue(dataset("one").containsKey("rejected/part-00000.jsonl"));

    System.setProperty("spark.sql.shuffle.partitions", "7");
    System.setProperty("spark.sql.adaptive.enabled", "false");
    try {
      String[] other =
          fields(
              "corpus.format=org.apache.spark.sql.execution.datasources.orc.OrcFileFormat",
              "corpus.options={pathGlobFilter: '*.orc'}",
              "corpus.paths=" + directory.resolve("b"));
      CommandRun stored = tokenize("other", other);
      assertEquals(0, stored.exitCode(), stored.err());
    } finally {
      System.clearProperty("spark.sql.shuffle.partitions");
      System.clearProperty("spark.sql.adaptive.enabled");
    }
    TreeMap<String, byte[]> expected = dataset("one");
    dataset("other")
        .forEach(
            (name, bytes) -> {
              // What was rejected, and examples of it, name the format; the ledger the files.
              if (!name.startsWith("rejected")
                  && !name.equals("dataset.html")
                  && !name.equals("ledger.json")) {
                assertArrayEquals(expected.get(name), bytes, name);
              }
            });

    // The same records, read by Chorale itself.
    String[] json = fields("corpus.format=jsonl", "corpus.paths=" + directory.resolve("c"));
    CommandRun files = tokenize("files", json);
    assertEquals(0, files.exitCode(), files.err());
    assertArrayEquals(expected.get("tokenizer.json"), dataset("files").get("tokenizer.json"));
    assertEquals(
        List.of("a", "b", "c", "files", "four", "one", "other"), names(), "no copy is left");
  }

  @Test
  void aTableAViewAndAQueryAreRead() throws Exception {
    try (Session session = Session.open("rows", "local[2]")) {
      SparkSession sql = session.sql();
      rows(sql).write().option("path", directory.resolve("t").toString()).saveAsTable("t");
      sql.sql("CREATE GLOBAL TEMPORARY VIEW v AS SELECT * FROM t");
      for (String[] set :
          List.of(
              new String[] {"table", "corpus.table=t"},
              new String[] {"view", "corpus.table=global_temp.v"},
              new String[] {
                "query",
                "corpus.query=SELECT a.* FROM t AS a JOIN t AS b ON a.number = b.number ORDER BY"
                    + " a.number -- all"
              })) {
        CommandRun run = tokenize(set[0], fields(set[1]));
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("399 documents"), run.out());
      }
    }
    for (String shard : dataset("table").keySet()) {
      if (shard.endsWith(".safetensors")) {
        assertArrayEquals(dataset("table").get(shard), dataset("view").get(shard), shard);
        assertArrayEquals(dataset("table").get(shard), dataset("query").get(shard), shard);
      }
    }
    String rejected = new String(dataset("query").get("rejected/part-00000.jsonl"));
    assertTrue(rejected.matches("(?s)\\{\"file\":\"query/[0-9A-F]{3}\",.*\"no-text\".*"), rejected);
  }

  @Test
  void sourcesMayBeTablesAndFiles() throws Exception {
    try (Session session = Session.open("rows", "local[2]")) {
      rows(session.sql()).write().orc(directory.resolve("a").toString());
      Files.writeString(directory.resolve("b.csv"), "text,label\nby hand,label9\n");
      CommandRun run =
          tokenize(
              "mixed",
              "corpus.label-field=label",
              "corpus.sources={web: {paths: [%s], format: orc, text-field: page.body}, lost: {query: \"SELECT 'asked' AS text, 'label1' AS label, 'x' AS other\"}, hand: {paths: [%s]}}"
                  .formatted(directory.resolve("a"), directory.resolve("b.csv")));
      assertEquals(0, run.exitCode(), run.err());
      assertTrue(run.err().contains("Copied web: 400 rows"), run.err());
      assertTrue(run.err().contains("Copied lost: 1 row"), run.err());
      assertTrue(run.out().contains("401 documents"), run.out());
      String rejected = new String(dataset("mixed").get("rejected/part-00000.jsonl"));
      assertTrue(rejected.contains("\"file\":\"web/"), rejected);
      assertEquals(List.of("a", "b.csv", "mixed"), names());
    }
  }

  @Test
  void theStepsOfASeriesMayStandInATable() throws Exception {
    try (Session session = Session.open("steps", "local[2]")) {
      session
          .sql()
          .range(300)
          .selectExpr(
              "timestamp_seconds(id * 3600) AS at", "id * 0.5 AS value", "array(id, 2 * id) AS two")
          .repartition(4)
          .write()
          .option("path", directory.resolve("steps").toString())
          .saveAsTable("steps");
      String[] set = {
        "corpus.table=steps",
        "corpus.text-field=",
        "corpus.time-field=at",
        "corpus.value-fields=[value, two]",
        "task.kind=forecast",
        "forecast.look-back=8",
        "forecast.horizon=2"
      };
      CommandRun run =
          tokenize(
              "series",
              Stream.concat(Stream.of(set), Stream.of("tokenizer.kind=bpe"))
                  .toArray(String[]::new));
      assertEquals(0, run.exitCode(), run.err());
      assertTrue(run.out().contains("300 documents"), run.out());
      session.sql().sql("DROP TABLE steps");
    }
  }

  @Test
  void whatCannotBeReadIsRefusedBeforeAnythingIsWritten() throws Exception {
    try (Session session = Session.open("rows", "local[2]")) {
      rows(session.sql())
          .write()
          .option("path", directory.resolve("t").toString())
          .saveAsTable("t");
      List<String> before = names();
      for (String[] refused :
          List.of(
              new String[] {
                "corpus.table=nowhere", "Cannot read corpus.table nowhere: ", "cannot be found"
              },
              new String[] {
                "corpus.table=t; DROP TABLE t", "Cannot read corpus.table", "Syntax error"
              },
              new String[] {
                "corpus.table=t",
                "corpus.text-field=page.title",
                "it has no column page.title, expected one of [page.body, page.at, label, number,"
                    + " other]. Set corpus.text-field."
              },
              new String[] {
                "corpus.table=t",
                "corpus.text-field=page.at",
                "of type bigint, expected strings or lists of them"
              },
              new String[] {
                "corpus.query=DROP TABLE t", "Cannot read corpus.query", "Syntax error"
              },
              new String[] {
                "corpus.query=SELECT label FROM t",
                "Cannot read corpus.query: it has no column page.body"
              },
              new String[] {
                "corpus.format=jsnol",
                "corpus.paths=" + directory.resolve("t"),
                "Cannot read corpus.paths as jsnol",
                "Correct corpus.format"
              },
              new String[] {
                "corpus.format=orc",
                "corpus.paths=" + directory.resolve("no"),
                "Cannot read corpus.paths as orc",
                "does not exist"
              },
              new String[] {"corpus.format=orc", "corpus.paths is empty"},
              new String[] {"corpus.table=t", "data.split=tail", "data.split must be document"},
              new String[] {"corpus.table=t", "corpus.paths=x", "corpus.paths must be empty"},
              new String[] {
                "corpus.table=t", "corpus.query=SELECT 1", "corpus.query must be empty"
              },
              new String[] {
                "corpus.table=t",
                "corpus.options={ignoreCorruptFiles: 'true'}",
                "rows are lost unseen"
              },
              new String[] {"corpus.options={a: b}", "corpus.options must be empty, unless"})) {
        List<String> set = new ArrayList<>(List.of("corpus.text-field=page.body"));
        List<String> expected = new ArrayList<>();
        for (String part : refused) {
          (part.matches("[a-z]+[.][a-z-]+=.*") ? set : expected).add(part);
        }
        CommandRun run = tokenize("refused", set.toArray(String[]::new));
        assertEquals(2, run.exitCode(), run.err());
        expected.forEach(part -> assertTrue(run.err().contains(part), part + "\n" + run.err()));
        assertEquals(before, names(), run.err());
      }
      assertEquals(ROWS, session.sql().table("t").count());
    }
  }

  @Test
  void aTableWithoutRowsIsNoCorpus() throws Exception {
    try (Session session = Session.open("rows", "local[2]")) {
      CommandRun run = tokenize("empty", "corpus.query=SELECT 'a' AS text WHERE 1 = 0");
      assertEquals(2, run.exitCode(), run.err());
      assertTrue(run.err().contains("query has no rows"), run.err());
      assertEquals(List.of(), names());
    }
  }

  @Test
  void aDamagedFileEndsTheCopyWithItsName() throws Exception {
    try (Session session = Session.open("rows", "local[2]")) {
      Path files = directory.resolve("a");
      rows(session.sql()).repartition(3).write().orc(files.toString());
      Path first;
      try (Stream<Path> found = Files.list(files)) {
        first =
            found
                .filter(file -> file.toString().endsWith(".orc"))
                .sorted()
                .findFirst()
                .orElseThrow();
      }
      byte[] bytes = Files.readAllBytes(first);
      Arrays.fill(bytes, 10, bytes.length / 2, (byte) 7);
      Files.write(first, bytes);
      Files.deleteIfExists(files.resolve("." + first.getFileName() + ".crc"));
      CommandRun run = tokenize("damaged", fields("corpus.format=orc", "corpus.paths=" + files));
      assertEquals(1, run.exitCode(), run.err());
      assertTrue(run.err().contains(first.getFileName().toString()), run.err());
      assertEquals(List.of("a"), names());
    }
  }

  /** What is finished serves the next run, as long as the files of the table are the same. */
  @Test
  void aCopyServesLaterRuns() throws Exception {
    try (Session session = Session.open("rows", "local[2]")) {
      Path files = directory.resolve("a");
      Path work = directory.resolve("work");
      rows(session.sql()).repartition(3).write().orc(files.toString());
      String[] set =
          fields(
              "corpus.format=orc",
              "corpus.paths=" + files,
              "data.work=" + work,
              "quality.reject=words < 3");
      CommandRun first = tokenize("first", set);
      assertEquals(0, first.exitCode(), first.err());
      assertTrue(first.err().contains("Measuring documents"), first.err());
      CommandRun second = tokenize("second", set);
      assertEquals(0, second.exitCode(), second.err());
      assertTrue(second.err().contains("Going on with the copy of orc in "), second.err());
      assertFalse(second.err().contains("Copied orc"), second.err());
      assertSame("first", "second");
      rows(session.sql()).limit(50).write().mode("append").orc(files.toString());
      CommandRun third = tokenize("third", set);
      assertEquals(0, third.exitCode(), third.err());
      assertTrue(third.err().contains("Copied orc: 450 rows"), third.err());
    }
  }
}
