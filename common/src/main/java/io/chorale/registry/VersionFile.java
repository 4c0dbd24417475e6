package io.chorale.registry;

import io.chorale.config.ChoraleException;
import io.chorale.io.Checksums;
import io.chorale.io.ManifestName;
import io.chorale.io.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.apache.hadoop.fs.Path;

/**
 * A file of a version.
 *
 * @param name its path in the version's directory
 * @param sha256 of its bytes, 64 hexadecimal digits
 */
public record VersionFile(String name, long bytes, String sha256) {
  /** Up to here a file is read whole when a version is opened; a model checks itself. */
  private static final long SMALL = 1 << 26;

  private static final int CHUNK = 1 << 16;

  /** Writes a file of known bytes. */
  static VersionFile write(Storage storage, Path version, String name, byte[] content) {
    storage.publish(new Path(version, name), content);
    return new VersionFile(name, content.length, Checksums.sha256(content));
  }

  /** Copies a file of any size. */
  static VersionFile copy(Storage storage, Path from, Path version, String name) {
    Copied copied = new Copied(storage, from);
    Path to = new Path(version, name);
    storage.publish(to, copied);
    return new VersionFile(name, storage.status(to).getLen(), copied.sha256);
  }

  /** A file that is written again where storage has refused it. */
  private static final class Copied implements Storage.Content {
    private final Storage storage;
    private final Path from;
    private String sha256;

    Copied(Storage storage, Path from) {
      this.storage = storage;
      this.from = from;
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
      MessageDigest digest = Checksums.sha256();
      try (InputStream in = new DigestInputStream(storage.open(from), digest)) {
        in.transferTo(out);
      }
      sha256 = HexFormat.of().formatHex(digest.digest());
    }
  }

  /**
   * Checks that it is there, as long as it was, and where it is small that it holds what it held.
   *
   * @param whole whether it is read however large it is
   * @throws ChoraleException where it is not so
   */
  void check(Storage storage, Path version, boolean whole) {
    Path file = ManifestName.in(version, name);
    if (!storage.exists(file)) {
      throw damaged(file, "it is missing", "the file");
    }
    long found = storage.status(file).getLen();
    if (found != bytes) {
      throw damaged(file, "it has " + found + " bytes", bytes + " of them");
    }
    if (whole || bytes <= SMALL) {
      String sum = storage.read(file, VersionFile::sha256);
      if (!sum.equals(sha256)) {
        throw damaged(file, "its SHA-256 is " + sum, sha256);
      }
    }
  }

  private static String sha256(InputStream in) throws IOException {
    MessageDigest digest = Checksums.sha256();
    byte[] chunk = new byte[CHUNK];
    for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
      digest.update(chunk, 0, n);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static ChoraleException damaged(Path file, String found, String expected) {
    return new ChoraleException(
        "Cannot open %s: %s, expected %s as when the version was added. Restore it from a copy, or let the alias name another version."
            .formatted(file, found, expected));
  }
}
