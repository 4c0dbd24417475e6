package io.chorale.io;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.apache.hadoop.fs.Path;

/** Checksums of files: CRC32C against accidents, SHA-256 as a fingerprint. */
public final class Checksums {
  private static final int CHUNK = 1 << 16;

  private Checksums() {}

  /** CRC32C of a file, eight hexadecimal digits. */
  public static String crc32c(Storage storage, Path file) {
    return storage.read(file, Checksums::crc32c);
  }

  /** CRC32C of what is left of a stream, eight hexadecimal digits. */
  public static String crc32c(InputStream in) throws IOException {
    CRC32C checksum = new CRC32C();
    byte[] chunk = new byte[CHUNK];
    for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
      checksum.update(chunk, 0, n);
    }
    return hex(checksum);
  }

  /** CRC32C of bytes, eight hexadecimal digits. */
  public static String crc32c(byte[] bytes) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, 0, bytes.length);
    return hex(checksum);
  }

  /** The value of a 32-bit checksum as eight hexadecimal digits. */
  public static String hex(Checksum checksum) {
    return HexFormat.of().toHexDigits((int) checksum.getValue());
  }

  /** SHA-256 of bytes, 64 hexadecimal digits. */
  public static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(sha256().digest(bytes));
  }

  /** A fresh SHA-256. */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
