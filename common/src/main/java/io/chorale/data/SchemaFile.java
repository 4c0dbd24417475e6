package io.chorale.data;

import io.chorale.io.SealedJson;

/**
 * The {@code schema.json} of a run: what its model knows of the data, so that it can be used where
 * the dataset is not.
 */
public final class SchemaFile {
  /** The file's name. */
  public static final String NAME = "schema.json";

  private static final SealedJson JSON =
      new SealedJson("chorale-schema", 1, "restore it, or write the schema of the run's dataset");

  private SchemaFile() {}

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
