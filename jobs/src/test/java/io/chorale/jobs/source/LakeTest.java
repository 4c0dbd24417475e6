package io.chorale.jobs.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.io.Storage;
import io.chorale.jobs.command.CommandRun;
import io.chorale.jobs.spark.Session;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Delta and Iceberg tables, by name and by path, at the snapshot that is asked for. */
class LakeTest {
  private static final Map<String, String> CONF = new LinkedHashMap<>();

  @TempDir static Path warehouse;
  private static Session session;
  private static SparkSession sql;

  @TempDir Path directory;

  /**
   * What a user sets for both, as the README says; the application reads it from its properties.
   */
  @BeforeAll
  static void open() {
    CONF.put(
        "spark.sql.extensions",
        "io.delta.sql.DeltaSparkSessionExtension,org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions");
    CONF.put("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog");
    for (String catalog : List.of("lake", "default_iceberg")) {
      String key = "spark.sql.catalog." + catalog;
      CONF.put(key, "org.apache.iceberg.spark.SparkCatalog");
      CONF.put(key + ".type", "hadoop");
      CONF.put(key + ".warehouse", warehouse.resolve("iceberg").toString());
    }
    CONF.put("spark.sql.warehouse.dir", warehouse.resolve("plain").toString());
    CONF.put("spark.sql.shuffle.partitions", "2");
    CONF.put("spark.databricks.delta.snapshotPartitions", "1");
    CONF.forEach(System::setProperty);
    begin("local[2]");
  }

  private static void begin(String master) {
    session = Session.open("lake", master);
    sql = session.sql();
  }

  @AfterAll
  static void close() {
    session.close();
    CONF.keySet().forEach(System::clearProperty);
  }

  /** A table with a commit for each text. */
  private static void create(String table, String format, String... texts) {
    sql.sql("DROP TABLE IF EXISTS " + table);
    sql.sql("CREATE TABLE %s (text STRING, n INT) USING %s".formatted(table, format));
    for (String text : texts) {
      append(table, text);
    }
  }

  private static void append(String table, String text) {
    sql.sql("INSERT INTO %s VALUES ('%s', 1)".formatted(table, text));
  }

  private static String location(String table) {
    return sql.sql("DESCRIBE TABLE EXTENDED " + table)
        .filter("col_name = 'Location'")
        .first()
        .getString(1);
  }

  private Landing landing(String... set) {
    Settings settings =
        SettingsFile.with(
            SettingsFile.defaults(), Stream.of(set).map(key -> "corpus." + key).toList());
    return Landing.of(
        session,
        new Storage(session.context().hadoopConfiguration()),
        settings,
        new org.apache.hadoop.fs.Path(directory.resolve("dataset").toString()),
        1,
        line -> {});
  }

  private static List<String> texts(Landed landed) {
    return sql
        .read()
        .parquet(landed.settings().corpus().paths().toArray(String[]::new))
        .selectExpr("CAST(text AS STRING)")
        .collectAsList()
        .stream()
        .map(row -> row.getString(0))
        .sorted()
        .toList();
  }

  private List<String> texts(String... set) {
    return texts(landing(set).land());
  }

  private static List<Row> rows(String query) {
    return sql.sql(query).collectAsList();
  }

  @Test
  void aDeltaTableIsReadAtAVersion() {
    create("d", "delta", "one", "two");
    List<Row> history =
        sql.sql("DESCRIBE HISTORY d").orderBy("version").select("timestamp").collectAsList();
    String path = location("d");
    String id = rows("DESCRIBE DETAIL d").get(0).getAs("id");
    for (String[] table :
        List.of(new String[] {"table=d"}, new String[] {"format=delta", "paths=" + path})) {
      String first = table[0];
      String second = table.length > 1 ? table[1] : "max-rejected=1";
      assertEquals(List.of("one", "two"), texts(first, second));
      assertEquals(List.of("one"), texts(first, second, "version=1"));
      assertEquals(
          "delta %s@1".formatted(id),
          landing(first, second, "version=1").land().snapshots().get("corpus"));
      assertEquals(
          "delta %s@2".formatted(id), landing(first, second).land().snapshots().get("corpus"));
      Instant since = history.get(1).getTimestamp(0).toInstant();
      assertEquals(List.of("one"), texts(first, second, "version=" + since));
      for (String none : List.of("3", "9", "main", "1999-01-01")) {
        SettingsException refused =
            assertThrows(SettingsException.class, () -> landing(first, second, "version=" + none));
        assertTrue(
            refused.getMessage().contains("corpus.version %s is no snapshot of it".formatted(none))
                && refused.getMessage().contains("expected such as 2 (since 2"),
            refused.getMessage());
      }
    }
  }

  @Test
  void anIcebergTableIsReadAtASnapshotABranchOrATag() {
    create("lake.db.i", "iceberg", "one");
    sql.sql("ALTER TABLE lake.db.i CREATE TAG begin");
    append("lake.db.i", "two");
    sql.sql("ALTER TABLE lake.db.i CREATE BRANCH side");
    sql.sql("INSERT INTO lake.db.i.branch_side VALUES ('side', 1)");
    List<Row> history =
        rows("SELECT snapshot_id, made_current_at FROM lake.db.i.history ORDER BY 2");
    long one = history.get(0).getLong(0);
    long two = history.get(1).getLong(0);
    for (String[] table :
        List.of(
            new String[] {"table=lake.db.i", "max-rejected=1"},
            new String[] {"format=iceberg", "paths=" + location("lake.db.i")})) {
      String first = table[0];
      String second = table[1];
      assertEquals(List.of("one", "two"), texts(first, second));
      assertEquals("iceberg " + two, landing(first, second).land().snapshots().get("corpus"));
      assertEquals(List.of("one"), texts(first, second, "version=" + one));
      assertEquals(List.of("one"), texts(first, second, "version=begin"));
      assertEquals(
          "iceberg " + one,
          landing(first, second, "version=begin").land().snapshots().get("corpus"));
      assertEquals(List.of("one", "side", "two"), texts(first, second, "version=side"));
      Instant since = history.get(0).getTimestamp(1).toInstant();
      assertEquals(List.of("one"), texts(first, second, "version=" + since));
      SettingsException refused =
          assertThrows(SettingsException.class, () -> landing(first, second, "version=77"));
      assertTrue(
          refused
              .getMessage()
              .contains("expected such as begin, main, side, %d (since".formatted(two)),
          refused.getMessage());
    }
  }

  @Test
  void whatKeepsNoSnapshotsHasNoVersion() {
    create("p", "parquet", "one");
    SettingsException refused =
        assertThrows(SettingsException.class, () -> landing("table=p", "version=1"));
    assertTrue(refused.getMessage().contains("Remove corpus.version."), refused.getMessage());
    assertEquals(Map.of(), landing("table=p").land().snapshots());
    String query = landing("query=SELECT text FROM p").land().snapshots().get("corpus");
    assertTrue(query.matches("query [0-9a-f]{16}"), query);
  }

  /** What is written after the snapshot was chosen does not come, and what was deleted neither. */
  @ParameterizedTest
  @ValueSource(strings = {"delta", "iceberg"})
  void onlyTheRowsOfTheSnapshotCome(String format) {
    String table = format.equals("delta") ? "dr" : "lake.db.ir";
    create(table, format, "one");
    sql.sql(
        "ALTER TABLE %s SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', 'write.delete.mode' = 'merge-on-read')"
            .formatted(table));
    sql.sql("INSERT INTO %s SELECT concat('row ', id), id FROM range(6)".formatted(table));
    sql.sql("DELETE FROM %s WHERE n = 3".formatted(table));
    Landing landing = landing("table=" + table);
    append(table, "later");
    sql.sql("DELETE FROM %s WHERE text = 'one'".formatted(table));
    assertEquals(
        List.of("one", "row 0", "row 1", "row 2", "row 4", "row 5"), texts(landing.land()));
  }

  /**
   * Files that a clean-up takes away while they are needed end the copy, and nothing is left of it.
   */
  @ParameterizedTest
  @ValueSource(strings = {"delta", "iceberg", "parquet"})
  void filesThatGoWhileTheyAreReadAreTold(String format) throws IOException {
    String table = format.equals("iceberg") ? "lake.db.gone" : "gone_" + format;
    create(table, format, "one", "two", "three");
    Landing landing = landing("table=" + table);
    Path place = Path.of(location(table).replaceFirst("^file:/*", "/"));
    try (Stream<Path> found = Files.walk(place)) {
      Files.delete(
          found.filter(file -> file.toString().endsWith(".parquet")).findFirst().orElseThrow());
    }
    ChoraleException failed = assertThrows(ChoraleException.class, landing::land);
    assertTrue(
        failed
            .getMessage()
            .matches(
                "Cannot read %s: it changed while it was read .*[.]parquet.*Run again.*"
                    .formatted(table)),
        failed.getMessage());
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(List.of(), left.toList());
    }
  }

  /** What is added to a plain table meanwhile does not come; of what is replaced nobody knows. */
  @Test
  void filesOfAPlainTableMustNotChange() throws IOException {
    create("q", "parquet", "one");
    Landing landing = landing("table=q");
    append("q", "two");
    assertEquals(List.of("one"), texts(landing.land()));
    assertEquals(List.of("one", "two"), texts("table=q"));
    // Of other settings, for which there is no copy yet.
    Landing changing = landing("table=q", "max-rejected=0.5");
    for (String file : sql.table("q").inputFiles()) {
      Files.setLastModifiedTime(Path.of(URI.create(file)), FileTime.fromMillis(1_000_000));
    }
    ChoraleException failed = assertThrows(ChoraleException.class, changing::land);
    assertTrue(
        failed.getMessage().contains("its files are not those that it had"), failed.getMessage());
  }

  /** What a later snapshot has more is added; rows that the dataset has are known. */
  @ParameterizedTest
  @ValueSource(strings = {"delta", "iceberg"})
  void whatATableHasMoreIsAdded(String format) throws IOException {
    String table = format.equals("delta") ? "grown" : "lake.db.grown";
    create(table, format, "one", "two", "three");
    String from = "corpus.table=" + table;
    CommandRun made = tokenize("data", from);
    assertEquals(0, made.exitCode(), made.err());
    CommandRun nothing = run(List.of("tokenize", "--add"), "data", from);
    assertEquals(0, nothing.exitCode(), nothing.err());
    assertTrue(nothing.out().contains("nothing is new"), nothing.out());
    append(table, "four");
    append(table, "five");
    if (format.equals("iceberg")) {
      expire(table);
    }
    CommandRun added = run(List.of("tokenize", "--add"), "data", from);
    assertEquals(0, added.exitCode(), added.err());
    assertTrue(added.out().contains("2 documents; rejected: 3 known;"), added.out());
    assertSnapshot(format + " .+", "data");
  }

  /**
   * The snapshot that was read is gone; what is there now is compared with what the dataset has.
   */
  private static void expire(String table) {
    String name = table.substring(table.indexOf('.') + 1);
    sql.sql(
        "CALL lake.system.expire_snapshots(table => '%s', older_than => TIMESTAMP '%s', retain_last => 1)"
            .formatted(name, Timestamp.from(Instant.now().plusSeconds(1))));
    assertEquals(1, sql.sql("SELECT * FROM %s.snapshots".formatted(table)).count());
  }

  private CommandRun tokenize(String name, String... set) {
    return run(List.of("tokenize"), name, set);
  }

  private CommandRun run(List<String> command, String name, String... set) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "data.path=" + directory.resolve(name),
                "data.validation=0.2",
                "data.shards=2",
                "tokenizer.kind=characters"));
    settings.addAll(List.of(set));
    List<String> all = new ArrayList<>(command);
    all.add("--master=local[2]");
    return CommandRun.with(settings, all.toArray(String[]::new));
  }

  private TreeMap<String, byte[]> shards(String name) throws IOException {
    TreeMap<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> found = Files.walk(directory.resolve(name))) {
      for (Path file : found.filter(path -> path.toString().endsWith(".safetensors")).toList()) {
        files.put(directory.resolve(name).relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  private void assertSameShards(String expected, String actual) throws IOException {
    TreeMap<String, byte[]> first = shards(expected);
    TreeMap<String, byte[]> second = shards(actual);
    assertTrue(first.size() > 2, first.keySet().toString());
    assertEquals(first.keySet(), second.keySet());
    first.forEach((name, bytes) -> assertArrayEquals(bytes, second.get(name), name));
  }

  /** Files of a table may be put together, by any number of cores: the rows are the same. */
  @Test
  void compactionAndCoresChangeNoShard() throws IOException {
    sql.sql("DROP TABLE IF EXISTS dc");
    sql.sql(
        "CREATE TABLE dc (text STRING, page STRUCT<kind: INT>, part INT) USING delta PARTITIONED BY (part)");
    sql.sql(
        "CREATE OR REPLACE TABLE lake.db.ic (text STRING, page STRUCT<kind: INT>, part INT) USING iceberg");
    String select =
        "SELECT concat('text ', id div 2), named_struct('kind', CAST(id %% 3 AS INT)), CAST(id %% 2 AS INT) FROM range(%d, %d)";
    for (int i = 0; i < 3; i++) {
      String rows = select.formatted(40 * i, 40 * i + 40);
      sql.sql("INSERT INTO dc " + rows);
      sql.sql("INSERT INTO lake.db.ic " + rows);
    }
    String[] delta = {
      "corpus.format=delta",
      "corpus.paths=" + location("dc"),
      "corpus.label-field=page.kind",
      "corpus.vector-fields=part"
    };
    String[] iceberg = {
      "corpus.table=lake.db.ic", "corpus.label-field=page.kind", "corpus.vector-fields=part"
    };
    CommandRun first = tokenize("d2", delta);
    assertEquals(0, first.exitCode(), first.err());
    CommandRun second = tokenize("i2", iceberg);
    assertEquals(0, second.exitCode(), second.err());
    assertSameShards("d2", "i2");
    sql.sql("OPTIMIZE dc");
    sql.sql(
        "CALL lake.system.rewrite_data_files(table => 'db.ic', options => map('min-input-files', '2'))");
    for (String master : List.of("local[1]", "local[4]")) {
      session.close();
      begin(master);
      String cores = master.replaceAll("\\D", "");
      CommandRun again = tokenize("d" + cores, delta);
      assertEquals(0, again.exitCode(), again.err());
      assertSameShards("d2", "d" + cores);
      again = tokenize("i" + cores, iceberg);
      assertEquals(0, again.exitCode(), again.err());
      assertSameShards("d2", "i" + cores);
    }
    assertArrayEquals(manifest("d1"), manifest("d4"));
    assertSnapshot("delta [-0-9a-f]{36}@3", "d2");
    assertSnapshot("delta [-0-9a-f]{36}@4", "d4");
    assertSnapshot("iceberg [0-9]+", "i4");
    assertArrayEquals(manifest("i1"), manifest("i4"));
  }

  private void assertSnapshot(String expected, String name) throws IOException {
    String manifest = new String(manifest(name), UTF_8);
    assertTrue(manifest.matches("(?s).*\"snapshot\" ?: ?\"%s\".*".formatted(expected)), manifest);
  }

  private byte[] manifest(String name) throws IOException {
    return Files.readAllBytes(directory.resolve(name).resolve("dataset.json"));
  }
}
