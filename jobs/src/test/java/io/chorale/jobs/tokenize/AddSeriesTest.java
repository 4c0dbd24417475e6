package io.chorale.jobs.tokenize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.config.DatasetSplit;
import io.chorale.corpus.Account;
import io.chorale.corpus.Ledger;
import io.chorale.data.Additions;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.Facts;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Shard;
import io.chorale.data.ShardFacts;
import io.chorale.io.Storage;
import io.chorale.jobs.command.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A dataset of series grows by the steps that are new, which know those before them. */
class AddSeriesTest {
  private static final Storage STORAGE = new Storage(new Configuration());
  private static final LocalDateTime START = LocalDateTime.parse("2020-01-01T00:00:00");

  @TempDir Path directory;
  private Path corpus;

  @BeforeEach
  void makeCorpus() throws IOException {
    corpus = Files.createDirectories(directory.resolve("corpus"));
  }

  /** Steps of a series whose value is its hour, and 1,000 more in series b. */
  private static List<String> steps(String series, int from, int to) {
    int more = series.equals("b") ? 1000 : 0;
    return IntStream.range(from, to)
        .mapToObj(hour -> "%s,%d,%s".formatted(START.plusHours(hour), hour + more, series))
        .toList();
  }

  @SafeVarargs
  private void write(String name, List<String>... parts) throws IOException {
    List<String> lines = new ArrayList<>(List.of("time,x,name"));
    for (List<String> part : parts) {
      lines.addAll(part);
    }
    Files.write(corpus.resolve(name), lines);
  }

  private CommandRun chorale(List<String> more, String... command) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "corpus.paths=[" + corpus + "]",
                "corpus.text-field=",
                "corpus.time-field=time",
                "corpus.value-fields=[x]",
                "corpus.group-field=name",
                "corpus.max-rejected=0.5",
                "data.validation=0.2",
                "data.shards=2",
                "data.path=" + directory.resolve("data"),
                "task.kind=forecast",
                "forecast.look-back=4",
                "forecast.horizon=2"));
    settings.addAll(more);
    return CommandRun.with(settings, command);
  }

  private CommandRun added(String... more) {
    CommandRun added = chorale(List.of(more), "tokenize", "--add", "--master=local[2]");
    assertEquals(0, added.exitCode(), added.err());
    return added;
  }

  private Dataset dataset() {
    return Dataset.open(
        STORAGE, new org.apache.hadoop.fs.Path(directory.resolve("data").toString()));
  }

  /** The rows that an addition has brought, {@code history | own}; number 0 is what was first. */
  private List<String> rows(DatasetSplit split, int addition) {
    Dataset dataset = dataset();
    Facts facts = dataset.schema().facts(Column.SERIES);
    List<String> rows = new ArrayList<>();
    List<ShardFacts> shards = dataset.manifest().split(split).shards();
    for (int i = 0; i < shards.size(); i++) {
      if (Additions.number(shards.get(i).name()) == addition) {
        Shard shard = dataset.shard(split, i);
        for (int row = 0; row < shard.rows(); row++) {
          Row cells = shard.row(List.of(Column.HISTORY, Column.SERIES), row, Integer.MAX_VALUE);
          rows.add(
              numbers(cells, Column.HISTORY, facts) + " | " + numbers(cells, Column.SERIES, facts));
        }
      }
    }
    return rows.stream().sorted().toList();
  }

  private static String numbers(Row row, String column, Facts facts) {
    float[] values = ((Numbers) row.cell(column)).values();
    return IntStream.range(0, values.length)
        .mapToObj(i -> values[i] * facts.deviation().get(0) + facts.mean().get(0))
        .map(value -> Long.toString(Math.round(value)))
        .collect(Collectors.joining(" "));
  }

  private static String range(int from, int to) {
    return IntStream.range(from, to).mapToObj(Integer::toString).collect(Collectors.joining(" "));
  }

  private Map<String, Integer> reasons(int addition) throws IOException {
    Path run = Path.of(dataset().runs().get(addition).toUri());
    Map<String, Integer> reasons = new TreeMap<>();
    for (String line : Files.readAllLines(run.resolve("rejected/part-00000.jsonl"))) {
      reasons.merge(
          JsonMapper.builder().build().readTree(line).get("reason").asText(), 1, Integer::sum);
    }
    return reasons;
  }

  /** The history of what is new is what was there, also of a series that others passed by. */
  @Test
  void newStepsGoOnFromThoseThatAreThere() throws IOException {
    write("one.csv", steps("a", 0, 60), steps("b", 0, 40));
    added();
    Facts before = dataset().schema().facts(Column.SERIES);
    TreeMap<String, byte[]> files = FaultyFiles.of(directory.resolve("data"));
    assertEquals(
        List.of(
            range(1027, 1032) + " | " + range(1032, 1040), range(43, 48) + " | " + range(48, 60)),
        rows(DatasetSplit.VALIDATION, 0));

    write("two.csv", steps("a", 60, 70));
    CommandRun second = added();
    assertTrue(second.err().contains("Of 2 files 1 are new and 0 have changed"), second.err());
    assertEquals(List.of(range(55, 60) + " | " + range(60, 68)), rows(DatasetSplit.TRAIN, 1));
    assertEquals(List.of(range(63, 68) + " | " + range(68, 70)), rows(DatasetSplit.VALIDATION, 1));
    assertEquals(before, dataset().schema().facts(Column.SERIES), "the scale stays");

    write("three.csv", steps("b", 40, 45), steps("d", 0, 20));
    added();
    assertEquals(
        List.of("0 | " + range(1, 16), range(1035, 1040) + " | " + range(1040, 1044)),
        rows(DatasetSplit.TRAIN, 2));

    assertEquals(0, added().exitCode());
    assertEquals(2, dataset().manifest().additions().size(), "nothing is new");
    TreeMap<String, byte[]> after = FaultyFiles.of(directory.resolve("data"));
    for (String file : files.keySet()) {
      if (!file.equals("dataset.json") && !file.equals("dataset.html")) {
        assertArrayEquals(files.get(file), after.get(file), file);
      }
    }
    Account account = Account.of(STORAGE, dataset().runs()).orElseThrow();
    account.check();
    assertEquals(
        135, account.sources().values().iterator().next().read().documents(), account.toString());
    Ledger ledger = Ledger.of(STORAGE, dataset().runs());
    assertEquals(
        List.of(
            new Ledger.Documents(100, 100, 0),
            new Ledger.Documents(10, 10, 0),
            new Ledger.Documents(25, 25, 0)),
        ledger.files().stream().map(Ledger.OfFile::documents).toList());
  }

  /** A file that grows is read again, and what the dataset has of it is left. */
  @Test
  void aFileThatGrowsGivesItsNewSteps() throws IOException {
    write("one.csv", steps("a", 0, 60));
    added();
    write("one.csv", steps("a", 0, 65), steps("a", 64, 65));
    CommandRun grown = added();
    assertTrue(grown.err().contains("Of 1 files 0 are new and 1 have changed"), grown.err());
    assertEquals(List.of(range(55, 60) + " | " + range(60, 64)), rows(DatasetSplit.TRAIN, 1));
    assertEquals(List.of(range(59, 64) + " | 64"), rows(DatasetSplit.VALIDATION, 1));
    Ledger.Documents one = Ledger.of(STORAGE, dataset().runs()).files().get(0).documents();
    assertEquals(new Ledger.Documents(66, 5, 61), one);
    assertEquals(Map.of("duplicate-time", 1), reasons(1), "what is known needs no word");
  }

  /** What comes late is counted, and not put where it would be history of what was learnt. */
  @Test
  void whatComesLateIsSetAside() throws IOException {
    write("one.csv", steps("a", 0, 50), steps("a", 51, 60));
    added();
    write("two.csv", steps("a", 50, 51), steps("a", 60, 70));
    CommandRun late = added();
    assertTrue(late.out().contains("1 late-time"), late.out());
    assertEquals(Map.of("late-time", 1), reasons(1));
    assertEquals(List.of(range(55, 60) + " | " + range(60, 68)), rows(DatasetSplit.TRAIN, 1));
    // Neither that nor what is too short for a row yet is a fault of the corpus.
    write("three.csv", steps("a", 61, 62), steps("e", 0, 3));
    CommandRun all = added("corpus.max-rejected=0.01");
    assertTrue(all.out().contains("1 late-time, 3 history-alone"), all.out());
    write("four.csv", steps("e", 3, 14));
    added("corpus.max-rejected=0.01");
    assertEquals(List.of("0 1 2 | " + range(3, 12)), rows(DatasetSplit.TRAIN, 3));
  }

  @Test
  void whatWouldMakeOtherRowsIsRefused() throws IOException {
    write("one.csv", steps("a", 0, 60));
    added();
    write("two.csv", steps("a", 60, 70));
    for (String[] refused :
        new String[][] {
          {"forecast.look-back=6", "a row is to have 7 steps before its own, expected 5"},
          {"data.borders=[30, 40]", "data.borders is [30, 40], expected none"},
          {"data.validation=0.3", "data.validation is 0.3, expected 0.2"},
          {"corpus.group-field=", "corpus.group-field is nothing, expected name"},
        }) {
      CommandRun run = chorale(List.of(refused[0]), "tokenize", "--add", "--master=local[2]");
      assertEquals(2, run.exitCode(), run.err());
      assertTrue(run.err().contains(refused[1]), run.err());
    }
    Path tail = directory.resolve("data/tail/00000.jsonl.gz");
    byte[] kept = Files.readAllBytes(tail);
    byte[] damaged = kept.clone();
    damaged[kept.length / 2]++;
    Files.write(tail, damaged);
    CommandRun run = chorale(List.of(), "tokenize", "--add", "--master=local[2]");
    assertEquals(1, run.exitCode(), run.err());
    assertTrue(run.err().contains("its SHA-256 is not that in tail.json"), run.err());
    Files.delete(directory.resolve("data/tail/tail.json"));
    CommandRun older = chorale(List.of(), "tokenize", "--add", "--master=local[2]");
    assertEquals(2, older.exitCode(), older.err());
    assertTrue(older.err().contains("expected the last steps of each"), older.err());
    assertEquals(0, dataset().manifest().additions().size());
  }
}
