package io.chorale.corpus;

import static io.chorale.corpus.CorpusFixture.brief;
import static io.chorale.corpus.CorpusFixture.read;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import io.chorale.config.CorpusSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FirstBytesTest {
  private static final String TEXT =
      "A line of English text.\nAnother one, of München.\n".repeat(9);

  @TempDir java.nio.file.Path directory;
  private CorpusFixture corpus;

  @BeforeEach
  void begin() {
    corpus = new CorpusFixture(directory);
  }

  @Test
  void anArchiveIsNoTextPackedOrNot() throws IOException {
    ByteArrayOutputStream zip = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(zip)) {
      out.putNextEntry(new ZipEntry("a.txt"));
      out.write(TEXT.getBytes(UTF_8));
    }
    refused("a.txt", zip.toByteArray(), "its first bytes are those of a zip archive");
    refused("a.txt", tar(), "its first bytes are those of a tar archive");
    refused("a.tar.gz", gzip(tar()), "unpacked, its first bytes are those of a tar archive");
    refused(
        "a.jsonl.zst",
        Zstd.compress(zip.toByteArray()),
        "unpacked, its first bytes are those of a zip archive");
    refused("a.txt.gz", gzip(gzip(TEXT.getBytes(UTF_8))), "It is packed twice");
  }

  @Test
  void whatIsPackedUnderAnotherNameIsNamed() throws IOException {
    byte[] text = TEXT.getBytes(UTF_8);
    refused("a.txt", gzip(text), "those of gzip, expected text in UTF-8. Let its name end in .gz");
    refused("a.txt", Zstd.compress(text), "those of zstd, expected text in UTF-8.");
    refused("a.zst", gzip(text), "those of gzip, expected zstd, as its name says.");
    refused("a.gz", Zstd.compress(text), "those of zstd, expected gzip, as its name says.");
  }

  @ParameterizedTest
  @CsvSource({
    "425a6839314159265359, bzip2",
    "425a6839177245385090, bzip2",
    "fd377a585a000004, xz",
    "04224d186040, lz4",
    "377abcaf271c0004, a 7z archive",
    "526172211a0701, a RAR archive",
    "5041523115041520, Parquet",
    "4f626a0104, Avro",
    "255044462d312e37, a PDF document",
    "d0cf11e0a1b11ae1, a document of Microsoft Office",
    "53514c69746520666f726d6174203300, an SQLite database",
    "fffe0000, UTF-32",
  })
  void knownKindsAreNamed(String begin, String name) {
    refused("a.txt", HexFormat.of().parseHex(begin), "its first bytes are those of " + name + ",");
  }

  @Test
  void utf16IsNamedWithAMarkAndWithout() {
    for (Charset charset : List.of(UTF_16LE, UTF_16BE)) {
      refused("a.txt", ("\ufeff" + TEXT).getBytes(charset), "those of UTF-16, expected text");
      refused(
          "a.txt",
          ("“Quoted” — " + TEXT).getBytes(charset),
          "as in UTF-16 without a mark, expected text in UTF-8. Convert it, with iconv -f "
              + charset.name());
    }
  }

  @Test
  void binaryDataAreNoText() {
    byte[] noise = new byte[10_000];
    new Random(3).nextBytes(noise);
    refused("a.txt", noise, "it holds binary data (");
  }

  @Test
  void textIsLeftAloneWhateverItIsAbout() {
    for (String text :
        List.of(
            "PK is a pair of letters",
            "PAR1 is how Parquet begins, BZh how bzip2 does",
            "a\0b\nc\0d",
            "\u001b[31mred\u001b[0m",
            "a\u0001b\u0001c\u0001d\u0001e".repeat(100),
            "text\u001a",
            "\u4e00\u4e8c\u4e09")) {
      corpus.write("a.txt", text.getBytes(UTF_8));
      for (CorpusEntry entry : read(corpus.settings("a.txt"), 1 << 20)) {
        assertTrue(
            entry instanceof Document || ((Rejection) entry).reason() == Rejection.Reason.NUL,
            text);
      }
    }
  }

  @Test
  void aJsonArrayIsNoJsonLines() {
    refused(
        "a.json", " \n[\n {\"text\": \"x\"}\n]".getBytes(UTF_8), "it is one JSON array, expected");
    refused(
        "a.jsonl", "\ufeff[{\"text\": \"x\"}]".getBytes(UTF_8), "it is one JSON array, expected");
  }

  @Test
  void linesThatEndWithCrAloneAreNamed() {
    byte[] text = "one\rtwo\rthree\r".getBytes(UTF_8);
    refused("a.txt", text, "its lines end with CR alone");
    corpus.write("a.txt", text);
    assertEquals(
        List.of("0:one\rtwo\rthree\r"),
        brief(read(corpus.settings("a.txt", "document=file"), 1000)));
  }

  @Test
  void onlyTheBeginningOfAFileTells() {
    byte[] text = ("x".repeat(20) + "\n").repeat(5).getBytes(UTF_8);
    byte[] all = Arrays.copyOf(text, text.length + 4);
    System.arraycopy(new byte[] {'P', 'K', 3, 4}, 0, all, text.length, 4);
    corpus.write("a.txt", all);
    assertEquals(6, read(corpus.settings("a.txt"), text.length).size());
  }

  private void refused(String name, byte[] bytes, String found) {
    corpus.write(name, bytes);
    CorpusSettings settings = corpus.settings(name);
    List<CorpusEntry> entries = read(settings, 1 << 20);
    assertEquals(1, entries.size());
    assertEquals(entries, read(settings, 500), "however it is cut");
    Rejection rejection = assertInstanceOf(Rejection.class, entries.get(0));
    assertEquals(Rejection.Reason.REFUSED_FILE, rejection.reason());
    assertTrue(rejection.cause().contains(found), rejection.cause());
  }

  /** One file, as POSIX has it. */
  private static byte[] tar() {
    byte[] tar = new byte[2048];
    System.arraycopy("a.txt".getBytes(UTF_8), 0, tar, 0, 5);
    System.arraycopy("ustar".getBytes(UTF_8), 0, tar, 257, 5);
    System.arraycopy(TEXT.getBytes(UTF_8), 0, tar, 512, TEXT.length());
    return tar;
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }
}
