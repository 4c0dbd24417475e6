package io.chorale.corpus;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
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
          assertEquals(
              Rejection.WHOLE,
              assertThrows(DamagedFileException.class, () -> unpack(part)).lost(part.length));
        }
      }
    }
  }

  @Test
  void zerosAfterTheEndArePaddingAndAnythingElseIsNot() throws IOException {
    byte[] frame = Zstd.compress("some text".getBytes(UTF_8));
    for (int zeros : new int[] {1, 4, 5, 100, 1 << 17}) {
      assertArrayEquals(
          "some text".getBytes(UTF_8), unpack(Arrays.copyOf(frame, frame.length + zeros)));
    }
    byte[] more = Arrays.copyOf(frame, frame.length + 1000);
    more[more.length - 1] = 1;
    DamagedFileException damage = assertThrows(DamagedFileException.class, () -> unpack(more));
    assertTrue(damage.afterEnd());
    byte[] text = "no zstd".getBytes(UTF_8);
    assertEquals(
        "it does not begin as zstd does",
        assertThrows(DamagedFileException.class, () -> unpack(text)).getMessage());
  }

  @Test
  void aDamagedFrameIsLostFromThereOn() throws IOException {
    byte[] noise = new byte[1 << 20];
    new Random(2).nextBytes(noise);
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (ZstdOutputStreamNoFinalizer out = new ZstdOutputStreamNoFinalizer(packed)) {
      out.setChecksum(true).write(noise);
    }
    byte[] bytes = packed.toByteArray();
    bytes[bytes.length - 1] ^= 1;
    DamagedFileException damage = assertThrows(DamagedFileException.class, () -> unpack(bytes));
    assertTrue(damage.getMessage().contains("checksum"), damage.getMessage());
    assertTrue(damage.lost(bytes.length) < bytes.length / 4);
  }

  @Test
  void aWindowIsALimitAndNoDamage() throws IOException {
    byte[] text = "a line of some length\n".repeat(1000).getBytes(UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    // What is flushed before the length is known names a window.
    try (ZstdOutputStreamNoFinalizer zstd = new ZstdOutputStreamNoFinalizer(out)) {
      zstd.write(text, 0, 100);
      zstd.flush();
      zstd.write(text, 100, text.length - 100);
    }
    byte[] packed = out.toByteArray();
    // After magic number and descriptor: as zstd --long=31 has it.
    packed[5] = (byte) (31 - 10 << 3);
    assertArrayEquals(text, unpack(packed, 1L << 31));
    RefusedFileException refused =
        assertThrows(RefusedFileException.class, () -> unpack(packed, 1L << 30));
    assertTrue(
        refused.getMessage().contains("corpus.max-zstd-window allows (1073741824 bytes)"),
        refused.getMessage());
  }

  private static byte[] unpack(byte[] packed) throws IOException {
    return unpack(packed, 1L << 27);
  }

  private static byte[] unpack(byte[] packed, long maxWindow) throws IOException {
    try (ZstdInput in = new ZstdInput(new ByteArrayInputStream(packed), maxWindow)) {
      return in.readAllBytes();
    }
  }
}
