package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/**
 * Tells by the first bytes of a file what is not the text that its name promises: archives and
 * other containers, documents of office programs, UTF-16, binary data.
 */
final class FirstBytes {
  /** Bytes that are looked at. */
  static final int COUNT = 1 << 16;

  private static final String UNPACK = "Unpack the archive.";
  private static final String PACK_ANEW = "Unpack it, or pack it with gzip or zstd.";
  private static final String CONVERT = "Convert it to text, JSON lines or Parquet.";
  private static final String EXTRACT = "Extract its text.";
  private static final String UTF_16 = "Convert it, with iconv -f UTF-16 -t UTF-8.";
  private static final String UTF_32 = "Convert it, with iconv -f UTF-32 -t UTF-8.";

  private static final Kind GZIP =
      new Kind("gzip", 0, "1f8b08", "Let its name end in .gz, or unpack it.");
  private static final Kind ZSTD =
      new Kind("zstd", 0, "28b52ffd", "Let its name end in .zst, or unpack it.");

  /** In this order: a later one may begin as an earlier one does. */
  private static final List<Kind> KINDS =
      List.of(
          GZIP,
          ZSTD,
          new Kind("bzip2", 4, "314159265359", PACK_ANEW),
          new Kind("bzip2", 4, "177245385090", PACK_ANEW),
          new Kind("xz", 0, "fd377a585a00", PACK_ANEW),
          new Kind("lz4", 0, "04224d18", PACK_ANEW),
          new Kind("snappy", 0, "ff060000734e61507059", PACK_ANEW),
          new Kind("compress", 0, "1f9d", PACK_ANEW),
          new Kind("a tar archive", 257, "7573746172", UNPACK),
          new Kind("a zip archive", 0, "504b0304", UNPACK),
          new Kind("a zip archive", 0, "504b0506", UNPACK),
          new Kind("a 7z archive", 0, "377abcaf271c", UNPACK),
          new Kind("a RAR archive", 0, "526172211a07", UNPACK),
          new Kind("Parquet", 0, "5041523115", "Let its name end in .parquet."),
          new Kind("Avro", 0, "4f626a01", CONVERT),
          new Kind("Arrow", 0, "4152524f57310000", CONVERT),
          new Kind("HDF5", 0, "894844460d0a1a0a", CONVERT),
          new Kind("NumPy", 0, "934e554d5059", CONVERT),
          new Kind("an SQLite database", 0, "53514c69746520666f726d6174203300", CONVERT),
          new Kind("a PDF document", 0, "255044462d", EXTRACT),
          new Kind("a document of Microsoft Office", 0, "d0cf11e0a1b11ae1", EXTRACT),
          new Kind("UTF-32", 0, "fffe0000", UTF_32),
          new Kind("UTF-32", 0, "0000feff", UTF_32),
          new Kind("UTF-16", 0, "fffe", UTF_16),
          new Kind("UTF-16", 0, "feff", UTF_16));

  /** The first bytes of a kind of file. */
  private record Kind(String name, int at, byte[] bytes, String advice) {
    Kind(String name, int at, String hex, String advice) {
      this(name, at, HexFormat.of().parseHex(hex), advice);
    }

    boolean matches(byte[] head, int count) {
      if (count < at + bytes.length) {
        return false;
      }
      for (int i = 0; i < bytes.length; i++) {
        if (head[at + i] != bytes[i]) {
          return false;
        }
      }
      return true;
    }
  }

  private FirstBytes() {}

  /** Refuses what is stored under the name of a packed file, but is packed in another way. */
  static void checkPacked(byte[] head, int count, CorpusFile.Compression compression)
      throws RefusedFileException {
    Kind own = compression == CorpusFile.Compression.GZIP ? GZIP : ZSTD;
    for (Kind kind : KINDS) {
      if (kind.matches(head, count)) {
        if (kind != own) {
          throw new RefusedFileException(
              "its first bytes are those of %s, expected %s, as its name says. %s"
                  .formatted(kind.name, own.name, kind.advice));
        }
        return;
      }
    }
  }

  /**
   * Refuses what is no text in UTF-8.
   *
   * @param head unpacked
   * @param packed whether it was packed
   * @param whole whether the file is one document, whose lines nobody counts
   */
  static void checkText(
      byte[] head, int count, CorpusSettings.Format format, boolean packed, boolean whole)
      throws RefusedFileException {
    for (Kind kind : KINDS) {
      if (kind.matches(head, count)) {
        boolean twice = packed && (kind == GZIP || kind == ZSTD);
        throw new RefusedFileException(
            "%s first bytes are those of %s, expected text in UTF-8. %s"
                .formatted(
                    packed ? "unpacked, its" : "its",
                    kind.name,
                    twice ? "It is packed twice: unpack it once." : kind.advice));
      }
    }
    checkBinary(head, count);
    if (format == CorpusSettings.Format.JSONL && firstSign(head, count) == '[') {
      throw new RefusedFileException(
          "it is one JSON array, expected one JSON object a line. Convert it, with jq -c '.[]'.");
    }
    if (!whole && contains(head, count, '\r') && !contains(head, count, '\n')) {
      throw new RefusedFileException(
          "its lines end with CR alone, expected LF or CRLF. Convert it, with tr '\\r' '\\n'; or set corpus.document: file for a text that is one document.");
    }
  }

  /**
   * Refuses what holds many signs that no text holds. Compressed data hold 7 % of them, UTF-16 up
   * to a half, and a text that was damaged in a few places far fewer.
   */
  private static void checkBinary(byte[] head, int count) throws RefusedFileException {
    int least = Math.max(16, count / 20);
    int found = 0;
    int zeros = 0;
    int oddZeros = 0;
    for (int i = 0; i < count; i++) {
      if (isNoText(head[i])) {
        found++;
      }
      if (head[i] == 0) {
        zeros++;
        oddZeros += i & 1;
      }
    }
    if (found < least) {
      return;
    }
    // Latin letters have a high byte of zero, always on the same side.
    boolean oneSided = Math.min(oddZeros, zeros - oddZeros) <= zeros / 16;
    if (zeros >= count / 4 && oneSided) {
      throw new RefusedFileException(
          "every second byte is zero, as in UTF-16 without a mark, expected text in UTF-8. Convert it, with iconv -f %s -t UTF-8."
              .formatted(oddZeros > zeros / 2 ? "UTF-16LE" : "UTF-16BE"));
    }
    throw new RefusedFileException(
        "it holds binary data (%,d of its first %,d bytes are control characters), expected text in UTF-8. Leave it out."
            .formatted(found, count));
  }

  /** Control characters but white space, escapes, back spaces, and what separates fields. */
  private static boolean isNoText(byte value) {
    return value == 0 || (value >= 4 && value < 8) || (value >= 14 && value < 26) || value == 127;
  }

  private static char firstSign(byte[] head, int count) {
    String text = new String(head, 0, count, StandardCharsets.UTF_8).stripLeading();
    if (text.startsWith("\ufeff")) {
      text = text.substring(1).stripLeading();
    }
    return text.isEmpty() ? ' ' : text.charAt(0);
  }

  private static boolean contains(byte[] head, int count, char wanted) {
    for (int i = 0; i < count; i++) {
      if (head[i] == wanted) {
        return true;
      }
    }
    return false;
  }
}
