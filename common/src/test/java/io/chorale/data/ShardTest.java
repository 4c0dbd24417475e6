package io.chorale.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import io.chorale.config.DatasetSplit;
import io.chorale.io.ArrayContent;
import io.chorale.io.DataType;
import io.chorale.io.SafeTensors;
import io.chorale.io.Storage;
import io.chorale.io.StoredArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shards with a column of each kind. */
class ShardTest {
  private static final Storage STORAGE = new Storage(new Configuration());
  private static final List<Column> COLUMNS = SchemaTest.ALL.columns();
  private static final String SHARD = "train/shard-00000.safetensors";

  @TempDir java.nio.file.Path directory;

  static final Row FIRST =
      new Row(
          Map.of(
              "text", Ids.of(1, 299, 0),
              "tags", Ids.of(0, 2),
              "values", Numbers.of(2, 1, 2, 3, 4),
              "image", Numbers.of(3, 1, 0, -1),
              "label", Ids.of(1),
              "price", Numbers.of(1, 2.5f)));
  static final Row SECOND =
      new Row(
          Map.of(
              "text", Ids.of(7, 0),
              "tags", Ids.of(1),
              "values", Numbers.of(2, 5, 6, 7, 8, 9, 10),
              "image", Numbers.of(3, 4, 5, 6),
              "label", Ids.of(0),
              "price", Numbers.of(1, -1)));

  @Test
  void everyColumnIsReadAsItWasWritten() {
    ShardFacts facts = write();
    assertEquals(2, facts.rows());
    assertEquals(List.of(5L, 3L, 5L, 2L, 2L, 2L), told(facts, true));
    assertEquals(List.of(3L, 2L, 3L, 1L, 1L, 1L), told(facts, false));
    Shard shard = read(facts);
    assertEquals(2, shard.rows());
    assertRow(FIRST, shard.row(names(), 0, 100));
    assertRow(SECOND, shard.row(names(), 1, 100));
    assertEquals(3, shard.length("values", 1));
    assertEquals(1, shard.length("image", 1));
    assertArrayEquals(new int[] {1, 299, 0, 7, 0}, shard.tokens("text").toArray());
    Row cut = shard.row(List.of("values", "text"), 1, 1);
    assertArrayEquals(new float[] {5, 6}, ((Numbers) cut.cell("values")).values());
    assertArrayEquals(new int[] {7}, ((Ids) cut.cell("text")).values());
  }

  @Test
  void arraysHaveTheNamesTypesAndShapesOfTheirKind() {
    write();
    Map<String, String> arrays =
        StoredArrays.read(STORAGE, path(SHARD)).header().arrays().entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey,
                    array -> array.getValue().type() + " " + array.getValue().shape()));
    assertEquals(
        Map.of(
            "text.values", "U16 [5]",
            "text.offsets", "I64 [3]",
            "tags.values", "U16 [3]",
            "tags.offsets", "I64 [3]",
            "values.values", "F32 [5, 2]",
            "values.offsets", "I64 [3]",
            "image", "F32 [2, 3]",
            "label", "I32 [2]",
            "price", "F32 [2]"),
        arrays);
  }

  @Test
  void rowsSideBySideArePaddedAtTheRight() {
    Batch batch = Batch.of(List.of(FIRST, SECOND), names(), "tags", 2);
    assertEquals(2, batch.rows());
    assertEquals(3, batch.predictions());
    assertArrayEquals(new int[] {1, 299, 7, 0}, batch.ids("text").values());
    assertArrayEquals(new int[] {2, 2}, batch.ids("text").lengths());
    assertArrayEquals(new int[] {0, 2, 1, Batch.IGNORED}, batch.ids("tags").values());
    assertArrayEquals(new int[] {2, 1}, batch.ids("tags").lengths());
    assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, batch.numbers("values").values());
    assertArrayEquals(new float[] {1, 0, -1, 4, 5, 6}, batch.numbers("image").values());
    assertEquals(1, batch.numbers("image").length());
    assertArrayEquals(new int[] {1, 0}, batch.ids("label").values());
    assertEquals(1, batch.ids("label").length());
    assertArrayEquals(new float[] {2.5f, -1}, batch.numbers("price").values());
    Batch uncut = Batch.of(List.of(FIRST, SECOND), List.of("values", "label"), "label", 9);
    assertEquals(2, uncut.predictions());
    assertArrayEquals(
        new float[] {1, 2, 3, 4, 0, 0, 5, 6, 7, 8, 9, 10}, uncut.numbers("values").values());
    assertArrayEquals(new int[] {2, 3}, uncut.numbers("values").lengths());
  }

  @Test
  void wrongCellsAreNotWritten() {
    refused(IllegalArgumentException.class, "tags", Ids.of(3), "from 0 to 2 (got: 3)");
    refused(IllegalArgumentException.class, "label", Ids.of(-1), "from 0 to 1 (got: -1)");
    refused(IllegalArgumentException.class, "price", Numbers.of(1, Float.NaN), "must be finite");
    refused(IllegalStateException.class, "label", Ids.of(0, 1), "column label");
    refused(IllegalStateException.class, "label", Ids.of(), "column label");
    refused(IllegalStateException.class, "tags", Ids.of(), "column tags");
    refused(IllegalStateException.class, "image", Numbers.of(1, 1, 2), "column image");
    refused(IllegalStateException.class, "image", Numbers.of(3, 1, 2, 3, 4, 5, 6), "column image");
    refused(IllegalStateException.class, "values", Numbers.of(1, 1, 2, 3), "steps of 2 numbers");
    ShardWriter writer = new ShardWriter(COLUMNS);
    Row less = new Row(Map.of("text", Ids.of(1)));
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> writer.add(less))
            .getMessage()
            .contains("must have a cell in column tags"));
  }

  @Test
  void aShardWithImpossibleCellsIsRefused() {
    impossible(
        ArrayContent.of("label", new int[] {0, 2}), "it holds the class 2, expected below 2");
    impossible(ArrayContent.of("label", new int[] {0, -1}), "it holds the class -1");
    impossible(
        ArrayContent.of("tags.values", DataType.U16, new short[] {0, 3, 1}), "it holds the id 3");
    impossible(
        ArrayContent.of("price", List.of(2L), new float[] {1, Float.POSITIVE_INFINITY}),
        "column price holds Infinity, expected finite numbers");
    impossible(
        ArrayContent.of(
            "values.values", List.of(5L, 2L), new float[] {0, 0, 0, 0, 0, 0, 0, 0, 0, Float.NaN}),
        "column values holds NaN");
    impossible(ArrayContent.of("values.offsets", new long[] {0, 5, 5}), "do not ascend");
    impossible(ArrayContent.of("values.offsets", new long[] {0, 1, 5}), "its longest row has 4");
    impossible(ArrayContent.of("image", List.of(3L, 2L), new float[6]), "its arrays are");
    impossible(ArrayContent.of("price", new int[2]), "its arrays are");
    impossible(ArrayContent.of("label", new int[3]), "its arrays are");
    impossible(ArrayContent.of("other", new int[2]), "its arrays are");
  }

  @Test
  void aDamagedShardIsRefusedWhereverTheDamageIs() throws IOException {
    ShardFacts facts = write();
    byte[] shard = Files.readAllBytes(directory.resolve(SHARD));
    for (int bit = 0; bit < 8 * shard.length; bit += 5) {
      byte[] flipped = shard.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(directory.resolve(SHARD), flipped);
      assertThrows(ChoraleException.class, () -> read(facts));
    }
  }

  /** Writes all arrays as they should be but one, with the checksum that fits. */
  private void impossible(ArrayContent wrong, String message) {
    Map<String, ArrayContent> arrays = new HashMap<>();
    for (ArrayContent array :
        List.of(
            ArrayContent.of("text.values", DataType.U16, new short[] {1, 2, 3, 4, 5}),
            ArrayContent.of("text.offsets", new long[] {0, 3, 5}),
            ArrayContent.of("tags.values", DataType.U16, new short[] {0, 2, 1}),
            ArrayContent.of("tags.offsets", new long[] {0, 2, 3}),
            ArrayContent.of("values.values", List.of(5L, 2L), new float[10]),
            ArrayContent.of("values.offsets", new long[] {0, 2, 5}),
            ArrayContent.of("image", List.of(2L, 3L), new float[6]),
            ArrayContent.of("label", new int[2]),
            ArrayContent.of("price", List.of(2L), new float[2]))) {
      arrays.put(array.name(), array);
    }
    ShardFacts right = publish(new ArrayList<>(arrays.values()));
    assertEquals(2, read(right).rows());
    arrays.put(wrong.name(), wrong);
    ShardFacts facts = publish(new ArrayList<>(arrays.values()));
    String found = assertThrows(ChoraleException.class, () -> read(facts)).getMessage();
    assertTrue(found.contains(message) && found.contains(SHARD), found);
  }

  private ShardFacts publish(List<ArrayContent> arrays) {
    String crc = SafeTensors.write(STORAGE, path(SHARD), Map.of(), arrays).crc32c();
    return new ShardFacts(
        SHARD,
        "corpus",
        2,
        Map.of("text", 5L, "tags", 3L, "values", 5L, "image", 2L, "label", 2L, "price", 2L),
        Map.of("text", 3L, "tags", 2L, "values", 3L, "image", 1L, "label", 1L, "price", 1L),
        crc,
        DocumentFacts.NONE);
  }

  private static void refused(
      Class<? extends Exception> type, String column, Values cell, String message) {
    Map<String, Values> cells = new HashMap<>(FIRST.cells());
    cells.put(column, cell);
    ShardWriter writer = new ShardWriter(COLUMNS);
    String found = assertThrows(type, () -> writer.add(new Row(cells))).getMessage();
    assertTrue(found.contains(message), found);
  }

  private static void assertRow(Row expected, Row found) {
    assertEquals(expected.cells().keySet(), found.cells().keySet());
    for (String name : names()) {
      if (expected.cell(name) instanceof Ids ids) {
        assertArrayEquals(ids.values(), ((Ids) found.cell(name)).values());
      } else {
        Numbers numbers = (Numbers) expected.cell(name);
        assertArrayEquals(numbers.values(), ((Numbers) found.cell(name)).values());
        assertEquals(numbers.size(), ((Numbers) found.cell(name)).size());
      }
    }
  }

  private static List<String> names() {
    return COLUMNS.stream().map(Column::name).toList();
  }

  private static List<Long> told(ShardFacts facts, boolean elements) {
    return names().stream()
        .map(name -> elements ? facts.elements(name) : facts.longest(name))
        .toList();
  }

  private ShardFacts write() {
    ShardWriter writer = new ShardWriter(COLUMNS);
    writer.add(FIRST);
    writer.add(SECOND);
    return writer.publish(STORAGE, path(""), DatasetSplit.TRAIN, 0);
  }

  private Shard read(ShardFacts facts) {
    return ShardReader.read(STORAGE, path(SHARD), COLUMNS, facts);
  }

  private Path path(String name) {
    return new Path(directory.resolve(name).toUri());
  }
}
