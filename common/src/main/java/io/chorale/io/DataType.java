package io.chorale.io;

/** Types of array elements in a safetensors file; the names are those of the file. */
public enum DataType {
  U8(1),
  U16(2),
  I32(4),
  I64(8),
  F32(4),
  F16(2),
  BF16(2),
  BOOL(1);

  private final int bytes;

  DataType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of an element. */
  public int bytes() {
    return bytes;
  }
}
