package io.chorale.export;

/**
 * How a model is written in another form.
 *
 * @param overwrite whether what an export has written there before is replaced
 * @param type of the parameters
 * @param shardBytes most bytes of arrays in a file, where the format has several
 */
public record ExportOptions(boolean overwrite, NumberType type, long shardBytes) {
  /** What Hugging Face's library cuts at, too. */
  public static final long SHARD_BYTES = 5_000_000_000L;

  /** Float32, in files as large as usual. */
  public static ExportOptions of(boolean overwrite) {
    return new ExportOptions(overwrite, NumberType.FLOAT32, SHARD_BYTES);
  }
}
