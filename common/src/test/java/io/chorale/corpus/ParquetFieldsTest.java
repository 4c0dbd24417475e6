package io.chorale.corpus;

import static io.chorale.corpus.FieldsTest.inWords;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists and numbers of Parquet become the same fields as those of JSON. */
class ParquetFieldsTest {
  private static final String LIST =
      "optional group %1$s (LIST) { repeated group list { optional %2$s element; } }";
  private static final String NESTED =
      "optional group %1$s (LIST) { repeated group list { optional group element (LIST) { repeated"
          + " group list { optional %2$s element; } } } }";

  @TempDir Path directory;
  private CorpusFixture corpus;

  @BeforeEach
  void open() {
    corpus = new CorpusFixture(directory);
  }

  private static String list(String name, String type) {
    return LIST.formatted(name, type)
        .replace("element;", type.equals("binary") ? "element (STRING);" : "element;");
  }

  @SafeVarargs
  private void write(String columns, Consumer<Group>... rows) throws IOException {
    write(columns, 1000, List.of(rows));
  }

  private void write(String columns, int rowsOfGroup, List<Consumer<Group>> rows)
      throws IOException {
    Files.deleteIfExists(directory.resolve("a.parquet"));
    MessageType schema = MessageTypeParser.parseMessageType("message m { " + columns + " }");
    Configuration configuration = new Configuration();
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(
                HadoopOutputFile.fromPath(corpus.path("a.parquet"), configuration))
            .withConf(configuration)
            .withType(schema)
            .withPageRowCountLimit(7)
            .withRowGroupRowCountLimit(rowsOfGroup)
            .build()) {
      for (Consumer<Group> row : rows) {
        Group group = new SimpleGroupFactory(schema).newGroup();
        row.accept(group);
        writer.write(group);
      }
    }
    Files.deleteIfExists(directory.resolve(".a.parquet.crc"));
  }

  private List<String> read(String... set) {
    return inWords(CorpusFixture.read(corpus.settings("a.parquet", set), 1L << 40));
  }

  /** Adds a list; null stands for an element that is none. */
  private static void add(Group row, String name, Object... elements) {
    addAll(row.addGroup(name), elements);
  }

  private static void addAll(Group list, Object... elements) {
    for (Object element : elements) {
      Group wrapped = list.addGroup("list");
      if (element instanceof Object[] inner) {
        addAll(wrapped.addGroup("element"), inner);
      } else if (element instanceof String text) {
        wrapped.add("element", text);
      } else if (element instanceof byte[] bytes) {
        wrapped.add("element", Binary.fromConstantByteArray(bytes));
      } else if (element instanceof Double number) {
        wrapped.add("element", number);
      } else if (element instanceof Float number) {
        wrapped.add("element", number);
      } else if (element instanceof Integer number) {
        wrapped.add("element", number);
      } else if (element instanceof Long number) {
        wrapped.add("element", number);
      }
    }
  }

  private static Object[] step(Object... numbers) {
    return numbers;
  }

  @Test
  void wordsHaveTagsInLists() throws IOException {
    write(
        list("words", "binary") + list("tags", "binary"),
        row -> {
          add(row, "words", "a", "b c", "é");
          add(row, "tags", "X", "Y", "X");
        },
        row -> {
          add(row, "words", "a", "b");
          add(row, "tags", "X");
        },
        row -> add(row, "words", "a"),
        row -> add(row, "tags", "X"),
        row -> {
          add(row, "words");
          add(row, "tags");
        },
        row -> {
          add(row, "words", "a", null);
          add(row, "tags", "X", "Y");
        },
        row -> {
          add(row, "words", "a", new byte[] {-1});
          add(row, "tags", "X", "Y");
        },
        row -> {
          add(row, "words", "z");
          add(row, "tags", "Z");
        });
    assertEquals(
        List.of(
            "{text=a b c é, tags=X Y X}",
            "bad-tags: 2 words, 1 tags",
            "bad-tags: nothing, expected labels",
            "no-text: ",
            "empty: ",
            "no-text: a list with nothing at 2, expected text",
            "not-utf8: ",
            "{text=z, tags=Z}"),
        read("text-field=words", "tags-field=tags"));
  }

  @Test
  void aSeriesIsAListOfNumbersOrOfSteps() throws IOException {
    write(
        list("x", "double") + "optional binary y (STRING);",
        row -> {
          add(row, "x", 1.0, 2.5, 1e-3);
          row.add("y", "up");
        },
        row -> {
          add(row, "x", 1.0, Double.NaN);
          row.add("y", "up");
        },
        row -> {
          add(row, "x", 1.0, 1e99);
          row.add("y", "up");
        },
        row -> add(row, "x", 1.0));
    String[] set = {"text-field=", "series-field=x", "label-field=y"};
    assertEquals(
        List.of(
            "{series=1.0 2.5 0.001, label=up}",
            "bad-series: NaN at 2",
            "bad-series: Infinity at 2",
            "no-label: "),
        read(set));
    write(
        NESTED.formatted("x", "float") + "optional double y;",
        row -> {
          add(row, "x", step(1f, 2f), step(3f, 4f), step(5f, 6f));
          row.add("y", 0.5);
        },
        row -> add(row, "x", step(1f, 2f), step(3f)),
        row -> add(row, "x", (Object) step(1f, null)),
        row -> add(row, "x", (Object) step()),
        row -> row.addGroup("x").addGroup("list"),
        row -> row.addGroup("x"),
        row -> {},
        row -> {
          add(row, "x", (Object) step(7f, 8f));
          row.add("y", -1.0);
        });
    assertEquals(
        List.of(
            "{series=1.0 2.0 3.0 4.0 5.0 6.0, label=0.5}",
            "bad-series: a list with 1 numbers in step 2, 2 before, expected numbers",
            "bad-series: a list with nothing at 1, expected numbers",
            "bad-series: a list with no number in step 1, expected numbers",
            "bad-series: a list with nothing at 1, expected numbers",
            "bad-series: an empty list, expected numbers",
            "bad-series: nothing, expected numbers",
            "{series=7.0 8.0, label=-1.0}"),
        read("text-field=", "series-field=x", "label-field=y", "label-type=number"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "required group x (LIST) { repeated int32 element; }",
        "required group x (LIST) { repeated group bag { required int32 array_element; } }",
      })
  void listsOfOtherWritersAreRead(String column) throws IOException {
    boolean wrapped = column.contains("bag");
    write(
        column,
        row -> {
          Group list = row.addGroup("x");
          for (int i = 1; i < 4; i++) {
            if (wrapped) {
              list.addGroup("bag").add("array_element", i);
            } else {
              list.add("element", i);
            }
          }
        },
        row -> row.addGroup("x"));
    assertEquals(
        List.of("{series=1.0 2.0 3.0}", "bad-series: an empty list, expected numbers"),
        read("text-field=", "series-field=x"));
  }

  @Test
  void numbersOfSeveralColumnsAreOneVector() throws IOException {
    write(
        "required int64 a; optional float b;" + list("c", "int32"),
        row -> {
          row.add("a", 1L);
          row.add("b", 2.5f);
          add(row, "c", 3, 4);
        },
        row -> {
          row.add("a", 1L);
          add(row, "c", 3, 4);
        });
    assertEquals(
        List.of("{vector=2.5 3.0 4.0 1.0}", "bad-vector: nothing, expected numbers"),
        read("text-field=", "vector-fields=[b, c, a]"));
  }

  @Test
  void splitsOfAnySizeHoldEachListOnce() throws IOException {
    List<Consumer<Group>> rows = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      int steps = i % 23;
      int number = i;
      rows.add(
          row -> {
            Object[] list = new Object[steps];
            for (int step = 0; step < steps; step++) {
              list[step] = step((float) number, (float) step);
            }
            add(row, "x", list);
          });
    }
    write(NESTED.formatted("x", "float"), 50, rows);
    String[] set = {"text-field=", "series-field=x"};
    List<CorpusEntry> whole = CorpusFixture.read(corpus.settings("a.parquet", set), 1L << 40);
    assertEquals(300, whole.size());
    for (int i = 0; i < 300; i++) {
      if (i % 23 == 0) {
        assertEquals(Rejection.Reason.BAD_SERIES, ((Rejection) whole.get(i)).reason());
      } else {
        Field.Numbers series = (Field.Numbers) ((Document) whole.get(i)).field(Document.SERIES);
        assertEquals(2 * (i % 23), series.values().length);
        assertEquals(i, series.values()[0]);
        assertEquals(i % 23 - 1, series.values()[2 * (i % 23) - 1]);
      }
    }
    assertEquals(whole, CorpusFixture.read(corpus.settings("a.parquet", set), 1000));
  }

  @Test
  void aSeriesThatIsTooLongIsSetAsideAndTheNextIsRead() throws IOException {
    Object[] many = new Object[5000];
    Arrays.fill(many, 1.0);
    write(list("x", "double"), row -> add(row, "x", many), row -> add(row, "x", 2.0));
    assertEquals(List.of("too-long: ", "{series=2.0}"), read("text-field=", "series-field=x"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text-field=x | required int32 x; | its column x is of type int32, expected strings or"
            + " lists of them. Set corpus.text-field",
        "tags-field=x | required binary text; repeated binary x; | its column x is of type list of"
            + " binary, expected strings or lists of them. Set corpus.tags-field",
        "target-field=x | required binary text; required group x { required binary y; } | its"
            + " column x is of type group, expected strings or lists of them. Set"
            + " corpus.target-field",
        "vector-fields=x | required binary text; required boolean x; | its column x is of type"
            + " boolean, expected numbers or lists of them. Set corpus.vector-fields",
        "series-field=x | required binary text; required double x; | its column x is of type"
            + " double, expected lists of numbers, or of lists of them. Set corpus.series-field",
        "label-field=x | required binary text; required double x; | its column x is of type double,"
            + " expected strings, whole numbers or booleans. Set corpus.label-field",
        "series-field=x | required binary text; | it has no column x, expected one of [text]. Set"
            + " corpus.series-field",
      })
  void aColumnOfAnotherTypeIsNamed(String set, String columns, String cause) throws IOException {
    write(columns);
    List<String> found = read(set);
    assertEquals(1, found.size());
    assertTrue(found.get(0).startsWith("refused-file: " + cause), found.get(0));
  }

  @Test
  void aPathLeadsToAColumnInsideOfGroups() throws IOException {
    String page =
        "optional group page { optional binary body (STRING); required group meta { optional int32"
            + " kind; } "
            + list("words", "binary")
            + " }";
    String[] set = {"text-field=page.body", "label-field=page.meta.kind"};
    List<Consumer<Group>> rows =
        List.of(
            row -> {
              Group group = row.addGroup("page");
              group.add("body", "one");
              group.addGroup("meta").add("kind", 1);
            },
            row -> row.addGroup("page").addGroup("meta").add("kind", 2),
            row -> {},
            row -> {
              Group group = row.addGroup("page");
              group.add("body", "two");
              group.addGroup("meta");
              add(group, "words", "a", "b");
            });
    write("required int64 id; " + page, 3, withIds(rows));
    assertEquals(List.of("{text=one, label=1}", "no-text: ", "no-text: ", "no-label: "), read(set));
    assertEquals(
        List.of("no-text: ", "no-text: ", "no-text: ", "{text=a b}"),
        read("text-field=page.words"));
  }

  private static List<Consumer<Group>> withIds(List<Consumer<Group>> rows) {
    List<Consumer<Group>> all = new ArrayList<>();
    for (Consumer<Group> row : rows) {
      all.add(
          group -> {
            group.add("id", (long) all.size());
            row.accept(group);
          });
    }
    return all;
  }

  @Test
  void aColumnWithTheWholeNameWins() throws IOException {
    write(
        "optional group page { optional binary body (STRING); } optional binary page.body"
            + " (STRING);",
        row -> {
          row.addGroup("page").add("body", "inside");
          row.add("page.body", "whole");
        },
        row -> row.addGroup("page").add("body", "inside"));
    assertEquals(List.of("{text=whole}", "no-text: "), read("text-field=page.body"));
  }

  /** Lists and maps hold many values: there is no path into one. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "page.title | it has no column page.title, expected one of [page.body, page.meta.kind,"
            + " words, all]",
        "page | its column page is of type group, expected strings or lists of them",
        "page.meta.kind | its column page.meta.kind is of type int32, expected strings or lists of"
            + " them",
        "words.list.element | it has no column words.list.element, expected one of [page.body,"
            + " page.meta.kind, words, all]",
        "all.value | it has no column all.value, expected one of [page.body, page.meta.kind, words,"
            + " all]",
        "page.body.x | it has no column page.body.x, expected one of [page.body, page.meta.kind,"
            + " words, all]"
      })
  void whatIsNoneInsideOfGroupsIsNamed(String field, String cause) throws IOException {
    write(
        "optional group page { optional binary body (STRING); optional group meta { optional int32"
            + " kind; } } "
            + list("words", "binary")
            + "repeated group all { optional binary value (STRING); }");
    String read = read("text-field=" + field).get(0);
    assertTrue(read.startsWith("refused-file: " + cause + ". Set corpus.text-field"), read);
  }
}
