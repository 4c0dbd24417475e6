package io.chorale.jobs.predict;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.split;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.RowSettings.Format;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Column;
import io.chorale.embed.UnitVectors;
import io.chorale.evaluate.Predictor;
import io.chorale.jobs.embed.Searched;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.spark.SharedTokenizers;
import io.chorale.jobs.tokenize.RowEncoder;
import io.chorale.model.Weights;
import io.chorale.task.Prediction;
import io.chorale.task.RowModel;
import io.chorale.tensor.Device;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Rows that have their vectors, which are asked for by texts: a text's vector is made as that of a
 * row, with the same map. Memory of the driver: the vectors and the model.
 */
final class SearchedRows implements Searched {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Session session;
  private final Settings settings;
  private final Format format;
  private final List<Path> parts;
  private final UnitVectors vectors;

  /** Of each vector its part and its row there. */
  private final List<Origin> origins = new ArrayList<>();

  private final SharedTokenizers tokenizers;
  private final RowEncoder encoder;
  private final Weights weights;
  private final Predictor predictor;

  private record Origin(int part, int row) {}

  /**
   * The rows of a directory.
   *
   * @param source of the model that has made their vectors
   * @param use of it, with all that it has learnt
   * @param parts files of the directory, in their order
   */
  SearchedRows(Session session, RowsSource source, RowsUse use, List<Path> parts) {
    this.session = session;
    this.settings = source.settings();
    this.format = settings.embed().written();
    this.parts = parts;
    RowModel model = use.model(settings, source.schema(), Optional.empty());
    if (!model.inputs().equals(List.of(Column.TEXT))) {
      throw new SettingsException(
          "Cannot look for rows by a text: the model of run %s reads %s, expected text. Leave the query out."
              .formatted(settings.run().path(), String.join(", ", model.inputs())));
    }
    this.vectors = read();
    this.tokenizers =
        source
            .tokenizers()
            .share(
                session.context(),
                Map.of(Column.TEXT, source.schema().tokenizer(Column.TEXT).orElse(Column.TEXT)));
    this.encoder = new RowEncoder(settings, model, source.schema(), tokenizers);
    this.weights =
        Weights.frozen(model.layout(), source.parameters(), settings.train(), Device.CPU);
    this.predictor = new Predictor(model, weights, settings.embed().batch());
  }

  private UnitVectors read() {
    List<Integer> sizes = new ArrayList<>();
    MapFunction<Row, Integer> size = row -> row.isNullAt(0) ? 0 : RowsBatch.bytes(row).length;
    for (int part = 0; part < parts.size(); part++) {
      List<Integer> rows = numbers(part).map(size, Encoders.INT()).collectAsList();
      for (int row = 0; row < rows.size(); row++) {
        if (rows.get(row) > 0) {
          origins.add(new Origin(part, row));
          sizes.add(rows.get(row));
        }
      }
    }
    if (sizes.isEmpty()) {
      throw new SettingsException(
          "Cannot look for rows in %s: none of them has a vector, expected one. Choose other embed.paths."
              .formatted(settings.embed().output()));
    }
    // Places are asked for in their order, so a part is held at a time beside all vectors.
    Iterator<byte[]> found =
        IntStream.range(0, parts.size()).boxed().flatMap(this::vectorsOf).iterator();
    int numbers = sizes.get(0) / Float.BYTES;
    return UnitVectors.of(
        sizes.size(),
        numbers,
        (place, into) -> System.arraycopy(StepWindow.floats(found.next()), 0, into, 0, numbers));
  }

  /** The vectors of a part's rows that have one. */
  private Stream<byte[]> vectorsOf(int part) {
    MapFunction<Row, byte[]> bytes = row -> row.isNullAt(0) ? new byte[0] : RowsBatch.bytes(row);
    return numbers(part).map(bytes, Encoders.BINARY()).collectAsList().stream()
        .filter(vector -> vector.length > 0);
  }

  private Dataset<Row> numbers(int number) {
    String part = parts.get(number).toString();
    String name = settings.embed().column();
    return switch (format) {
      case JSONL ->
          session
              .sql()
              .read()
              .schema(new StructType().add(name, DataTypes.createArrayType(DataTypes.FloatType)))
              .json(part);
      case CSV ->
          csv(part)
              .select(
                  split(OutputColumns.named(name), " ")
                      .cast(DataTypes.createArrayType(DataTypes.FloatType)));
      default -> session.sql().read().parquet(part).select(OutputColumns.named(name));
    };
  }

  private Dataset<Row> csv(String part) {
    return session.sql().read().options(RowsBatch.options(Format.CSV)).csv(part);
  }

  @Override
  public UnitVectors vectors() {
    return vectors;
  }

  @Override
  public String key() {
    return "row";
  }

  @Override
  public List<Optional<float[]>> vectors(List<String> queries) {
    List<io.chorale.data.Row> rows = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < queries.size(); i++) {
      byte[] text = queries.get(i).getBytes(StandardCharsets.UTF_8);
      if (encoder.encode(Map.of(settings.corpus().textField(), text))
          instanceof RowEncoder.Made made) {
        rows.add(made.row());
        places.add(i);
      }
    }
    List<Optional<float[]>> found = new ArrayList<>();
    queries.forEach(query -> found.add(Optional.empty()));
    List<Prediction> made = predictor.predict(rows, new long[rows.size()]);
    for (int i = 0; i < made.size(); i++) {
      found.set(places.get(i), Optional.of((float[]) made.get(i).values().get(0)));
    }
    return found;
  }

  /** A text may well be asked for that is a row. */
  @Override
  public boolean same(String query, int place) {
    return false;
  }

  /** Reads the parts again in which they are. */
  @Override
  public Map<Integer, JsonNode> shown(Set<Integer> places) {
    Map<Integer, List<Integer>> byPart = new TreeMap<>();
    places.forEach(
        place ->
            byPart
                .computeIfAbsent(origins.get(place).part(), part -> new ArrayList<>())
                .add(place));
    Map<Integer, JsonNode> shown = new HashMap<>();
    byPart.forEach(
        (part, of) -> {
          List<String> rows = rows(parts.get(part).toString()).collectAsList();
          of.forEach(place -> shown.put(place, json(rows.get(origins.get(place).row()))));
        });
    return shown;
  }

  private Dataset<String> rows(String part) {
    return switch (format) {
      case JSONL -> session.sql().read().textFile(part);
      case CSV -> csv(part).toJSON();
      default -> session.sql().read().parquet(part).drop(col(settings.embed().column())).toJSON();
    };
  }

  /** The columns of the input. */
  private JsonNode json(String row) {
    try {
      ObjectNode object = (ObjectNode) JSON.readTree(row);
      String column = settings.embed().column();
      return object.without(List.of(column, column + "_reason"));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Spark writes JSON", e);
    }
  }

  @Override
  public void close() {
    predictor.close();
    weights.close();
    tokenizers.close();
  }
}
