package io.chorale.average;

/** Integers from -7 to 7, two in a byte, in blocks of 64: 0.563 bytes an element. */
final class Int4Codec extends BlockCodec {
  Int4Codec() {
    super(64, 7);
  }

  @Override
  int packedBytes(int length) {
    return (length + 1) / 2;
  }

  @Override
  void pack(byte[] bytes, int start, int index, int integer) {
    bytes[start + index / 2] |= (byte) ((integer & 0xf) << shift(index));
  }

  @Override
  int unpack(byte[] bytes, int start, int index) {
    int nibble = bytes[start + index / 2] >> shift(index);
    return (nibble << 28) >> 28; // with its sign
  }

  private static int shift(int index) {
    return index % 2 * 4;
  }
}
