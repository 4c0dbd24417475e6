package io.chorale.export;

import io.chorale.io.Bfloat16;
import io.chorale.io.DataType;
import io.chorale.io.Float16;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;

/** The types in which other tools hold parameters. */
public enum NumberType {
  FLOAT32(DataType.F32, 0, 0),
  FLOAT16(DataType.F16, 1, 1),
  BFLOAT16(DataType.BF16, 32, 30);

  private final DataType stored;
  private final int ggufFile;
  private final int ggml;

  NumberType(DataType stored, int ggufFile, int ggml) {
    this.stored = stored;
    this.ggufFile = ggufFile;
    this.ggml = ggml;
  }

  /** As settings and other tools' files name it: {@code bfloat16}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** That of a safetensors file. */
  static NumberType of(DataType stored) {
    return Arrays.stream(values()).filter(type -> type.stored == stored).findFirst().orElseThrow();
  }

  /** In safetensors. */
  DataType stored() {
    return stored;
  }

  /** The {@code general.file_type} of a GGUF file whose matrices have it. */
  int ggufFile() {
    return ggufFile;
  }

  /** The type of an array in a GGUF file. */
  int ggml() {
    return ggml;
  }

  /** Reads a number, which float32 has, too. */
  float get(ByteBuffer buffer) {
    return switch (this) {
      case FLOAT32 -> buffer.getFloat();
      case FLOAT16 -> Float16.value(buffer.getShort());
      case BFLOAT16 -> Bfloat16.value(buffer.getShort());
    };
  }

  /** Writes the nearest number of this type. */
  void put(ByteBuffer buffer, float value) {
    switch (this) {
      case FLOAT32 -> buffer.putFloat(value);
      case FLOAT16 -> buffer.putShort(Float16.bits(value));
      case BFLOAT16 -> buffer.putShort(Bfloat16.bits(value));
    }
  }
}
