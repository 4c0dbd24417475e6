package io.chorale.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import io.chorale.data.Column.Kind;
import io.chorale.io.DataType;
import io.chorale.io.SealedJson;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SchemaTest {
  private static final String SHA = "0123456789abcdef".repeat(4);

  /** A column of each kind, with all that can be known of it. */
  static final Schema ALL =
      new Schema(
          List.of(
              Column.ids("text", 300),
              Column.ids("tags", 3),
              Column.series("values", 2),
              Column.vector("image", 3),
              Column.label("label", 2),
              Column.number("price")),
          Map.of(
              "text", Facts.tokenizer(SHA),
              "tags", Facts.labels(List.of("O", "B", "I")),
              "values", Facts.scale(List.of(0.5, -1.0), List.of(2.0, 0.25)),
              "label", Facts.labels(List.of("no", "yes")),
              "price", Facts.scale(List.of(10.0), List.of(3.0))));

  /** The same with what is known of times. */
  static final Schema TIMED =
      new Schema(
          ALL.columns(),
          with(
              ALL.facts(),
              "values",
              Facts.series(List.of("a", "b"), List.of(0.5, -1.0), List.of(2.0, 0.25), "PT1H", 5)));

  static Map<String, Facts> with(Map<String, Facts> facts, String column, Facts known) {
    Map<String, Facts> all = new HashMap<>(facts);
    all.put(column, known);
    return all;
  }

  @Test
  void aColumnIsFoundByItsName() {
    assertEquals(Column.label("label", 2), ALL.column("label"));
    assertEquals(Optional.empty(), ALL.find("other"));
    assertThrows(IllegalArgumentException.class, () -> ALL.column("other"));
    assertEquals(List.of("no", "yes"), ALL.facts("label").labels());
    assertEquals(Facts.NONE, ALL.facts("image"));
    assertEquals(Map.of("tokenizer.json", SHA), ALL.tokenizers());
  }

  @Test
  void labelsMeanTheSameHoweverOftenTheyOccur() {
    Facts labels = ALL.facts("label").counted(List.of(7L, 9L));
    assertTrue(labels.meansAs(ALL.facts("label").counted(List.of(1L, 0L))));
    assertTrue(ALL.facts("label").meansAs(labels));
    assertFalse(labels.meansAs(ALL.facts("tags")));
    assertFalse(ALL.facts("price").meansAs(ALL.facts("values")));
  }

  @Test
  void whatATaskMissesIsNamed() {
    Schema text = Schema.text(300, SHA);
    assertEquals(
        Column.ids("text", 300), text.require("dataset d", "classification", "text", Kind.IDS));
    assertEquals(
        "Cannot use dataset d for classification: it has no column label of kind label, its"
            + " columns are text (ids). Tokenize a corpus that has what is missing, or choose"
            + " another task.",
        assertThrows(
                SettingsException.class,
                () -> text.require("dataset d", "classification", "label", Kind.LABEL))
            .getMessage());
    assertTrue(
        assertThrows(
                SettingsException.class,
                () -> ALL.require("dataset d", "tagging", "label", Kind.IDS))
            .getMessage()
            .contains("no column label of kind ids"));
  }

  @Test
  void theTypeOfAColumnFollowsFromItsSize() {
    assertEquals(DataType.U16, Column.ids("a", 1 << 16).type());
    assertEquals(DataType.I32, Column.ids("a", (1 << 16) + 1).type());
    assertEquals(DataType.I32, Column.label("a", 2).type());
    assertEquals(DataType.F32, Column.number("a").type());
  }

  @Test
  void columnsAndFactsThatCannotBeAreRefused() {
    refused(() -> Column.ids("a.values", 3));
    refused(() -> Column.ids("", 3));
    refused(() -> Column.ids("a", 0));
    refused(() -> Column.series("a", 0));
    refused(() -> Column.label("a", -1));
    refused(() -> new Column("a", Kind.IDS, DataType.I32, 3));
    refused(() -> Facts.labels(List.of("a", "a")));
    refused(() -> Facts.scale(List.of(1.0), List.of(0.0)));
    refused(() -> Facts.scale(List.of(Double.NaN), List.of(1.0)));
    refused(() -> Facts.scale(List.of(1.0), List.of()));
    refused(() -> Facts.tokenizer("abc"));
    refused(() -> Facts.labels(List.of("a", "b")).counted(List.of(1L)));
    refused(() -> Facts.labels(List.of("a", "b")).counted(List.of(1L, -1L)));
    refused(() -> Facts.NONE.counted(List.of(1L)));
    refused(() -> new Schema(List.of(), Map.of()));
    refused(() -> schema(Facts.NONE, Column.ids("a", 2), Column.ids("a", 2)));
    refused(() -> schema(Facts.NONE, Column.ids("b", 2)));
    refused(() -> schema(Facts.labels(List.of("x")), Column.label("a", 2)));
    refused(() -> schema(Facts.labels(List.of("x")), Column.number("a")));
    refused(() -> schema(Facts.scale(List.of(1.0), List.of(1.0)), Column.series("a", 2)));
    refused(() -> schema(Facts.scale(List.of(1.0), List.of(1.0)), Column.label("a", 1)));
    refused(() -> schema(Facts.tokenizer(SHA), Column.label("a", 2)));
    Facts timed = Facts.series(List.of(), List.of(), List.of(), "PT1H", 3);
    assertEquals("PT1H", schema(timed, Column.series("a", 2)).facts("a").step());
    refused(() -> schema(timed, Column.number("a")));
    refused(() -> schema(timed, Column.ids("a", 2)));
    List<Column> texts = List.of(Column.ids("a", 2), Column.ids("b", 2));
    Facts other = Facts.tokenizer("f".repeat(64));
    refused(() -> new Schema(texts, Map.of("a", Facts.tokenizer(SHA), "b", other)));
    assertEquals(
        Map.of("tokenizer.json", SHA),
        new Schema(texts, Map.of("a", Facts.tokenizer(SHA), "b", Facts.tokenizer(SHA)))
            .tokenizers());
  }

  @Test
  void theTargetAloneMayHaveATokenizerOfItsOwn() {
    List<Column> columns = List.of(Column.ids("text", 300), Column.ids("target", 300));
    Facts source = Facts.tokenizer(SHA);
    Facts own = Facts.tokenizer("f".repeat(64));
    Schema separate = new Schema(columns, Map.of("text", source, "target", own));
    assertEquals(
        Map.of("tokenizer.json", SHA, "target-tokenizer.json", "f".repeat(64)),
        separate.tokenizers());
    assertEquals(Optional.of("tokenizer.json"), separate.tokenizer("text"));
    assertEquals(Optional.of("target-tokenizer.json"), separate.tokenizer("target"));
    assertFalse(separate.shareVocabulary("text", "target"));

    Schema shared = new Schema(columns, Map.of("text", source, "target", source));
    assertEquals(Map.of("tokenizer.json", SHA), shared.tokenizers());
    assertEquals(Optional.of("tokenizer.json"), shared.tokenizer("target"));
    assertTrue(shared.shareVocabulary("text", "target"));

    // Where there is no other text, the target's is the only one.
    Schema fromVector =
        new Schema(List.of(Column.vector("vector", 3), columns.get(1)), Map.of("target", own));
    assertEquals(Map.of("tokenizer.json", "f".repeat(64)), fromVector.tokenizers());
    assertEquals(Optional.empty(), fromVector.tokenizer("vector"));
    // Ids that nobody has made of text.
    assertEquals(Map.of(), new Schema(columns, Map.of()).tokenizers());
    assertTrue(new Schema(columns, Map.of()).shareVocabulary("text", "target"));
  }

  @Test
  void aRunsSchemaOfVersion1Opens() throws IOException {
    byte[] file = SchemaTest.class.getResourceAsStream("schema-1.json").readAllBytes();
    Schema read = SchemaFile.read(file, "x");
    assertEquals(ALL, read);
    assertEquals(
        List.of("text", "tags", "values", "image", "label", "price"),
        read.columns().stream().map(Column::name).toList());
    assertEquals(List.of(0.5, -1.0), read.facts("values").mean());
    assertEquals(List.of(2.0, 0.25), read.facts("values").deviation());
  }

  @Test
  void aRunsSchemaIsTheFileOfVersion2() throws IOException {
    byte[] file = SchemaTest.class.getResourceAsStream("schema-2.json").readAllBytes();
    Schema known = TIMED.counted(Map.of("tags", List.of(5L, 0L, 2L)));
    Schema read = SchemaFile.read(file, "x");
    assertEquals(known, read);
    assertEquals("PT1H", read.facts("values").step());
    assertEquals(5, read.facts("values").history());
    assertEquals(List.of("a", "b"), read.facts("values").labels());
    assertEquals(List.of(5L, 0L, 2L), read.facts("tags").counts());
    assertEquals(List.of(), read.facts("label").counts());
    assertArrayEquals(file, SchemaFile.write(known), "what is written today");
  }

  @Test
  void aSchemaOfANewerVersionIsRefused() {
    byte[] newer = new SealedJson("chorale-schema", 3, "").write(ALL);
    assertTrue(
        assertThrows(ChoraleException.class, () -> SchemaFile.read(newer, "x"))
            .getMessage()
            .contains("version is 3, expected 1 to 2. It was written by a newer Chorale"));
    byte[] forged =
        new String(SchemaFile.write(ALL), UTF_8).replace("\"yes\"", "\"no\"").getBytes(UTF_8);
    assertTrue(
        assertThrows(ChoraleException.class, () -> SchemaFile.read(forged, "x"))
            .getMessage()
            .contains("its checksum"));
  }

  private static Schema schema(Facts ofA, Column... columns) {
    return new Schema(List.of(columns), Map.of("a", ofA));
  }

  private static void refused(Runnable made) {
    assertThrows(IllegalArgumentException.class, made::run);
  }
}
