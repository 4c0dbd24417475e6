package io.chorale.jobs.predict;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.udf;

import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import io.chorale.music.AbcTune;
import io.chorale.music.MidiFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Adds the bytes of a MIDI file for each text that is a tune in ABC notation, and the reason where
 * it is none. Of a text that goes on from one of the input, what comes before its first blank line
 * is the tune: a model that has learnt from many goes on with the next.
 */
final class MidiColumn {
  private static final String NAME = "midi";
  private static final String FAULT = "fault";
  private static final String TEXT = "text";
  private static final StructType PLAYED =
      new StructType().add(NAME, DataTypes.BinaryType).add(FAULT, DataTypes.StringType);

  private final OutputColumns columns;
  private final Optional<String> prompt;

  /**
   * A column.
   *
   * @param written input and output without it
   * @param prompt the column of the input that texts go on from, if any: a tune is both
   * @throws SettingsException where no texts are written, or there is a column of that name
   */
  MidiColumn(OutputColumns columns, StructType written, Optional<String> prompt) {
    this.columns = columns;
    this.prompt = prompt;
    if (columns.outputs().stream().noneMatch(output -> output.name().equals(TEXT))) {
      throw new SettingsException(
          "Cannot predict tunes: the task writes no texts, expected language-model, translation or from-vector. Set predict.midi to false.");
    }
    columns.add(written, columns.prefix() + NAME, DataTypes.BinaryType);
  }

  /** The rows with the column, before that of the reason. */
  Dataset<Row> add(Dataset<Row> rows) {
    Column text = OutputColumns.named(columns.prefix() + TEXT);
    Column tune = prompt.map(before -> concat(OutputColumns.named(before), text)).orElse(text);
    boolean goesOn = prompt.isPresent();
    UDF1<String, Row> play = found -> play(found, goesOn);
    Column played = udf(play, PLAYED).apply(tune);
    List<Column> all = new ArrayList<>();
    for (String name : rows.columns()) {
      if (!name.equals(columns.reason())) {
        all.add(OutputColumns.named(name));
      }
    }
    all.add(played.getField(NAME).as(columns.prefix() + NAME));
    all.add(
        coalesce(OutputColumns.named(columns.reason()), played.getField(FAULT))
            .as(columns.reason()));
    return rows.select(all.toArray(Column[]::new));
  }

  /** Bytes and fault, of which one is null; both without a text. */
  private static Row play(String text, boolean goesOn) {
    if (text == null) {
      return RowFactory.create(null, null);
    }
    try {
      String tune = goesOn ? AbcTune.split(text).stream().findFirst().orElse("") : text;
      return RowFactory.create(MidiFile.of(AbcTune.parse(tune)), null);
    } catch (ChoraleException e) {
      return RowFactory.create(null, "bad-tune (%s)".formatted(e.getMessage()));
    }
  }
}
