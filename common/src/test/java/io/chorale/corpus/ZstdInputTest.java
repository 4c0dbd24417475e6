package io.chorale.corpus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ZstdInputTest {
  @Test
  void framesOfAnySizeComeBackAndACutIsSeen() throws IOException {
    Random random = new Random(1);
    for (int size : new int[] {0, 1, 65536, 131071, 131072, 131073, 262144, 1000000}) {
      byte[] noise = new byte[size];
      random.nextBytes(noise);
      for (byte[] content : new byte[][] {noise, new byte[size]}) {
        byte[] frame = Zstd.compress(content);
        byte[] twice = Arrays.copyOf(frame, 2 * frame.length);
        System.arraycopy(frame, 0, twice, frame.length, frame.length);
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        expected.writeBytes(content);
        expected.writeBytes(content);
        assertArrayEquals(expected.toByteArray(), unpack(twice));
        for (int cut : new int[] {1, 3, frame.length / 2, frame.length - 1}) {
          byte[] part = Arrays.copyOf(twice, twice.length - cut);
          assertThrows(EOFException.class, () -> unpack(part));
        }
      }
    }
  }

  private static byte[] unpack(byte[] packed) throws IOException {
    try (ZstdInput in = new ZstdInput(new ByteArrayInputStream(packed))) {
      return in.readAllBytes();
    }
  }
}
