package io.chorale.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChecksumsTest {
  /** The check value of the catalogue of CRCs, and the first example of FIPS 180-2. */
  @Test
  void agreesWithPublishedValues(@TempDir java.nio.file.Path directory) throws IOException {
    Storage storage = new Storage(new Configuration());
    Path file = new Path(directory.resolve("file").toUri());
    byte[] digits = "123456789".getBytes(UTF_8);
    storage.publish(file, digits);
    assertEquals("e3069283", Checksums.crc32c(digits));
    assertEquals("e3069283", Checksums.crc32c(new ByteArrayInputStream(digits)));
    assertEquals("e3069283", Checksums.crc32c(storage, file));
    String abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assertEquals(abc, Checksums.sha256("abc".getBytes(UTF_8)));
  }
}
