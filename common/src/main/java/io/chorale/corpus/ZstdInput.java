package io.chorale.corpus;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * Unpacks zstd frames, one after the other, and fails where the last one is not whole. (The stream
 * that comes with the library takes a later frame that is cut short for the end of the file.)
 */
final class ZstdInput extends InputStream {
  private static final int PACKED = 1 << 16;
  private static final int UNPACKED = 1 << 17;

  private final InputStream in;
  private final ZstdDecompressCtx context = new ZstdDecompressCtx();
  private final byte[] chunk = new byte[PACKED];
  private final ByteBuffer packed = ByteBuffer.allocateDirect(PACKED).limit(0);
  private final ByteBuffer unpacked = ByteBuffer.allocateDirect(UNPACKED).limit(0);
  private boolean frameEnded;
  // A full buffer may mean that the library holds more.
  private boolean full;

  ZstdInput(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    while (length > 0 && !unpacked.hasRemaining()) {
      if (!packed.hasRemaining() && !full && !fill()) {
        return -1;
      }
      unpacked.clear();
      try {
        frameEnded = context.decompressDirectByteBufferStream(unpacked, packed);
      } catch (ZstdException e) {
        unpacked.limit(0);
        throw new IOException(e.getMessage(), e);
      }
      full = !unpacked.hasRemaining() && !frameEnded;
      unpacked.flip();
    }
    int count = Math.min(length, unpacked.remaining());
    unpacked.get(bytes, from, count);
    return count;
  }

  @Override
  public void close() throws IOException {
    context.close();
    in.close();
  }

  private boolean fill() throws IOException {
    int count = in.read(chunk, 0, chunk.length);
    if (count < 0) {
      if (!frameEnded) {
        throw new EOFException("the file ends within a zstd frame");
      }
      return false;
    }
    packed.clear();
    packed.put(chunk, 0, count);
    packed.flip();
    return true;
  }
}
