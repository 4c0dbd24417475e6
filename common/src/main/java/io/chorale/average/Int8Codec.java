package io.chorale.average;

/** Integers from -127 to 127 in blocks of 256: 1.016 bytes an element. */
final class Int8Codec extends BlockCodec {
  Int8Codec() {
    super(256, 127);
  }

  @Override
  int packedBytes(int length) {
    return length;
  }

  @Override
  void pack(byte[] bytes, int start, int index, int integer) {
    bytes[start + index] = (byte) integer;
  }

  @Override
  int unpack(byte[] bytes, int start, int index) {
    return bytes[start + index];
  }
}
