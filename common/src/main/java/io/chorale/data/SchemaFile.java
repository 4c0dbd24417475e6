package io.chorale.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.io.SealedJson;
import java.util.List;

/**
 * The {@code schema.json} of a run: what its model knows of the data, so that it can be used where
 * the dataset is not.
 */
public final class SchemaFile {
  /** The file's name. */
  public static final String NAME = "schema.json";

  private static final SealedJson JSON =
      new SealedJson(
          "chorale-schema",
          1,
          2,
          List.of(SchemaFile::ofVersion1),
          "restore it, or write the schema of the run's dataset");

  private SchemaFile() {}

  /** Lifts facts that were written before series had times and labels were counted. */
  static ObjectNode ofVersion1(ObjectNode old) {
    for (JsonNode facts : old.path("facts")) {
      if (facts instanceof ObjectNode known) {
        known.put("step", "");
        known.put("history", 0);
        known.putArray("counts");
      }
    }
    return old;
  }

  /** The bytes of the file; equal schemas give equal bytes. */
  public static byte[] write(Schema schema) {
    return JSON.write(schema);
  }

  /**
   * The schema that was written.
   *
   * @param name of the file, for messages
   */
  public static Schema read(byte[] bytes, String name) {
    return JSON.read(bytes, name, Schema.class);
  }
}
