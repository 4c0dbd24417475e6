package io.chorale.corpus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/**
 * Unpacks pages of Parquet, but none that says of itself that it is larger than its file says: for
 * that much, memory would be taken before a byte has been looked at.
 */
public final class BoundedCodecs implements CompressionCodecFactory {
  private final CompressionCodecFactory codecs;
  private final LongSupplier limit;

  /**
   * The codecs of a library, bounded.
   *
   * @param limit bytes to which a page may unpack, when it is asked to
   */
  public BoundedCodecs(CompressionCodecFactory codecs, LongSupplier limit) {
    this.codecs = codecs;
    this.limit = limit;
  }

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName name) {
    BytesInputDecompressor unbounded = codecs.getDecompressor(name);
    return new BytesInputDecompressor() {
      @Override
      public BytesInput decompress(BytesInput packed, int size) throws IOException {
        check(size);
        return unbounded.decompress(packed, size);
      }

      @Override
      public void decompress(ByteBuffer packed, int packedSize, ByteBuffer unpacked, int size)
          throws IOException {
        check(size);
        unbounded.decompress(packed, packedSize, unpacked, size);
      }

      @Override
      public void release() {
        unbounded.release();
      }
    };
  }

  private void check(int size) throws IOException {
    if (size < 0 || size > limit.getAsLong()) {
      throw new IOException(
          "a page is to unpack to %,d bytes, expected at most the %,d of its column"
              .formatted(size, limit.getAsLong()));
    }
  }

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName name) {
    return codecs.getCompressor(name);
  }

  @Override
  public void release() {
    codecs.release();
  }
}
