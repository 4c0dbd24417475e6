package io.chorale.jobs.retrain;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.data.Ids;
import io.chorale.data.Numbers;
import io.chorale.data.Row;
import io.chorale.data.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Rows as JSON, for another process. */
final class ProbeRows {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /**
   * A cell of a row: ids, or numbers.
   *
   * @param size numbers of a step; 0 of ids
   */
  private record Cell(int[] ids, float[] numbers, int size) {
    static Cell of(Values values) {
      return values instanceof Ids ids
          ? new Cell(ids.values(), new float[0], 0)
          : new Cell(new int[0], ((Numbers) values).values(), ((Numbers) values).size());
    }

    Values values() {
      return size == 0 ? Ids.of(ids) : Numbers.of(size, numbers);
    }
  }

  private ProbeRows() {}

  /** In one line; the same rows give the same text. */
  static String json(List<Row> rows) {
    List<Map<String, Cell>> cells = new ArrayList<>();
    for (Row row : rows) {
      Map<String, Cell> of = new TreeMap<>();
      row.cells().forEach((column, values) -> of.put(column, Cell.of(values)));
      cells.add(of);
    }
    try {
      return JSON.writeValueAsString(cells);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("rows must fit JSON", e);
    }
  }

  static List<Row> parse(String json) {
    List<Row> rows = new ArrayList<>();
    try {
      for (Map<String, Cell> cells :
          JSON.readValue(json, new TypeReference<List<Map<String, Cell>>>() {})) {
        Map<String, Values> of = new TreeMap<>();
        cells.forEach((column, cell) -> of.put(column, cell.values()));
        rows.add(new Row(of));
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("rows must be JSON (got: %s)".formatted(json), e);
    }
    return rows;
  }
}
