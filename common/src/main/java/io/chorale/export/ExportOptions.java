package io.chorale.export;

/**
 * How a model is written in another form.
 *
 * @param overwrite whether what an export has written there before is replaced
 * @param type of the parameters
 * @param shardBytes most bytes of arrays in a file, where the format has several
 * @param operators the set of ONNX's operators
 */
public record ExportOptions(
    boolean overwrite, NumberType type, long shardBytes, Operators operators) {
  /** Sets of ONNX's operators. */
  public enum Operators {
    /** Those of 2022, which older runtimes know. */
    V18(18, 8),

    /** Those of 2025, with attention over what was read before. */
    V23(23, 11);

    private final int number;
    private final int form;

    Operators(int number, int form) {
      this.number = number;
      this.form = form;
    }

    /** The number of the set. */
    public int number() {
      return number;
    }

    /** The version of the file's form that came with it. */
    int form() {
      return form;
    }
  }

  /** With the operators that most runtimes know. */
  public ExportOptions(boolean overwrite, NumberType type, long shardBytes) {
    this(overwrite, type, shardBytes, Operators.V18);
  }

  /** The usual most bytes of a file, as in Hugging Face's library. */
  public static final long SHARD_BYTES = 5_000_000_000L;

  /** Float32, in files as large as usual. */
  public static ExportOptions of(boolean overwrite) {
    return new ExportOptions(overwrite, NumberType.FLOAT32, SHARD_BYTES);
  }
}
