package io.chorale.corpus;

import static io.chorale.corpus.CorpusFixture.brief;
import static io.chorale.corpus.CorpusFixture.read;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.chorale.config.CorpusSettings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentReaderTest {
  private static final long WHOLE = 1L << 40;

  @TempDir java.nio.file.Path directory;
  private CorpusFixture corpus;

  @BeforeEach
  void begin() {
    corpus = new CorpusFixture(directory);
  }

  @Test
  void aLineIsADocument() {
    corpus.write("a.txt", "one\ntwo\r\n\n \t\r\nfünf\rsechs\r\nlast".getBytes(UTF_8));
    assertEquals(
        List.of("0:one", "4:two", "9!empty", "10!empty", "14:fünf\rsechs", "27:last"),
        brief(read(corpus.settings("a.txt"), WHOLE)));
    corpus.write("a.txt", "\n".getBytes(UTF_8));
    assertEquals(List.of("0!empty"), brief(read(corpus.settings("a.txt"), WHOLE)));
    corpus.write("a.txt", new byte[0]);
    assertEquals(List.of(), brief(read(corpus.settings("a.txt"), WHOLE)));
  }

  @Test
  void splitsOfAnySizeHoldEachLineOnce() {
    byte[] text = randomText(400).getBytes(UTF_8);
    corpus.write("a.txt", text);
    CorpusSettings settings = corpus.settings("a.txt");
    List<CorpusEntry> whole = read(settings, WHOLE);
    assertTrue(whole.size() > 50);
    for (int size = 1; size <= text.length + 1; size++) {
      assertEquals(whole, read(settings, size), "split of " + size + " bytes");
    }
  }

  @Test
  void packedFilesReadAsTheTextInThem() throws IOException {
    byte[] text = randomText(200_000).getBytes(UTF_8);
    int cut = text.length / 3;
    byte[] first = Arrays.copyOf(text, cut);
    byte[] second = Arrays.copyOfRange(text, cut, text.length);
    corpus.write("a.txt", text);
    corpus.write("one/a.txt.gz", gzip(text));
    corpus.write("two/a.txt.gz", concatenate(gzip(first), gzip(new byte[0]), gzip(second)));
    corpus.write("one/a.txt.zst", Zstd.compress(text));
    corpus.write("two/a.txt.zst", concatenate(Zstd.compress(first), Zstd.compress(second)));
    List<CorpusEntry> expected = read(corpus.settings("a.txt"), WHOLE);
    for (String name : List.of("one/a.txt.gz", "two/a.txt.gz", "one/a.txt.zst", "two/a.txt.zst")) {
      assertEquals(expected, read(corpus.settings(name), 1000), name);
    }
  }

  @Test
  void aPackedFileThatIsCutShortEndsWithARejection() throws IOException {
    byte[] text = "first line\nsecond line\nthird".getBytes(UTF_8);
    for (String name : List.of("a.gz", "a.zst")) {
      byte[] packed =
          name.endsWith("gz")
              ? concatenate(gzip(text), gzip(text))
              : concatenate(Zstd.compress(text), Zstd.compress(text));
      for (int length = 0; length < packed.length; length++) {
        if (length == packed.length / 2) {
          continue;
        }
        corpus.write(name, Arrays.copyOf(packed, length));
        assertEndsCorrupt(name, "cut to " + length + " of " + packed.length);
      }
      corpus.write(name, concatenate(packed, "rubbish after the end".getBytes(UTF_8)));
      assertEndsCorrupt(name, "added to");
    }
    byte[] flipped = gzip(text);
    flipped[flipped.length - 8] ^= 1;
    corpus.write("a.gz", flipped);
    assertEndsCorrupt("a.gz", "flipped");
  }

  @Test
  void theCauseAndTheLossStayWithTheRejection() throws IOException {
    byte[] packed = gzip(randomText(100_000).getBytes(UTF_8));
    corpus.write("a.gz", Arrays.copyOf(packed, packed.length / 10));
    Rejection cut = last("a.gz");
    assertEquals("it ends early, after %,d bytes".formatted(packed.length / 10), cut.cause());
    assertEquals(Rejection.WHOLE, cut.lost());

    byte[] flipped = concatenate(packed, packed);
    flipped[flipped.length - 8] ^= 1;
    corpus.write("a.gz", flipped);
    Rejection damaged = last("a.gz");
    assertEquals(
        "its gzip data do not have the checksum that stands at their end", damaged.cause());
    assertEquals(packed.length, damaged.lost());

    corpus.write("a.gz", "no gzip at all".getBytes(UTF_8));
    assertEquals("it does not begin as gzip does", last("a.gz").cause());
  }

  @Test
  void whatFollowsAWholePackedFileCostsNoLine() throws IOException {
    byte[] packed = gzip("one\nlast".getBytes(UTF_8));
    for (int zeros : new int[] {1, 511, 100_000}) {
      corpus.write("a.gz", Arrays.copyOf(packed, packed.length + zeros));
      assertEquals(List.of("0:one", "4:last"), brief(read(corpus.settings("a.gz"), WHOLE)));
    }
    for (String name : List.of("a.gz", "a.zst")) {
      byte[] whole = name.endsWith("gz") ? packed : Zstd.compress("one\nlast".getBytes(UTF_8));
      corpus.write(name, concatenate(whole, "rubbish".getBytes(UTF_8)));
      assertEquals(
          List.of("0:one", "4:last", "8!corrupt-file"), brief(read(corpus.settings(name), WHOLE)));
      assertEquals("rubbish".length(), last(name).lost());
      assertEquals(
          List.of("0:one\nlast", "8!corrupt-file"),
          brief(read(corpus.settings(name, "document=file"), WHOLE)));
    }
  }

  @Test
  void gzipHeadersMayHoldNamesAndComments() throws IOException {
    byte[] packed = gzip("text".getBytes(UTF_8));
    byte[] header = Arrays.copyOf(packed, 10);
    header[3] = 2 | 4 | 8 | 16;
    byte[] extra = {3, 0, 'x', 'y', 'z', 'n', 0, 'c', 'c', 0, 1, 2};
    corpus.write("a.gz", concatenate(header, extra, Arrays.copyOfRange(packed, 10, packed.length)));
    assertEquals(List.of("0:text"), brief(read(corpus.settings("a.gz"), WHOLE)));
  }

  @Test
  void aBombIsRefusedBeforeItIsUnpacked() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    byte[] zeros = new byte[1 << 20];
    Arrays.fill(zeros, (byte) ' ');
    try (ZstdOutputStreamNoFinalizer out = new ZstdOutputStreamNoFinalizer(packed)) {
      for (int i = 0; i < 1100; i++) {
        out.write(zeros);
      }
    }
    corpus.write("a.zst", packed.toByteArray());
    Rejection refused = last("a.zst");
    assertEquals(Rejection.Reason.REFUSED_FILE, refused.reason());
    assertTrue(refused.cause().contains("unpacks to more than 1,073,741,824 bytes"));
    // A million times: as much as this is.
    CorpusSettings all = corpus.settings("a.zst", "max-unpack-ratio=1000000");
    assertEquals(List.of("0!too-long"), brief(read(all, WHOLE)));
  }

  @Test
  void storedBytesAreToldAsTheyAreRead() throws IOException {
    byte[] packed = gzip(randomText(100_000).getBytes(UTF_8));
    corpus.write("a.gz", packed);
    CorpusSettings settings = corpus.settings("a.gz");
    List<CorpusSplit> splits =
        Corpus.splits(Corpus.files(CorpusFixture.STORAGE, settings), settings);
    long[] read = {0};
    try (DocumentReader reader =
        DocumentReader.of(CorpusFixture.STORAGE, splits.get(0), settings, n -> read[0] += n)) {
      reader.forEachRemaining(entry -> {});
    }
    assertEquals(packed.length, read[0]);
  }

  private Rejection last(String name) {
    List<CorpusEntry> entries = read(corpus.settings(name), WHOLE);
    return assertInstanceOf(Rejection.class, entries.get(entries.size() - 1));
  }

  private void assertEndsCorrupt(String name, String how) {
    List<CorpusEntry> entries = read(corpus.settings(name), WHOLE);
    Rejection last =
        assertInstanceOf(Rejection.class, entries.get(entries.size() - 1), name + " " + how);
    assertEquals(Rejection.Reason.CORRUPT_FILE, last.reason());
  }

  @Test
  void whatIsNotUtf8IsSetAside() {
    for (String bytes :
        List.of(
            "caf\u00e9", // Latin-1
            "\u00c0\u00af", // overlong
            "\u00ed\u00a0\u0080", // a surrogate
            "\u00f4\u0090\u0080\u0080", // above the last code point
            "x\u00e2\u0082")) { // cut short
      corpus.write("a.txt", ("good\n" + bytes + "\ngood").getBytes(ISO_8859_1));
      List<CorpusEntry> entries = read(corpus.settings("a.txt"), WHOLE);
      assertEquals(List.of("0:good", "5!not-utf8", (bytes.length() + 6) + ":good"), brief(entries));
      assertEquals(bytes.length(), entries.get(1).bytes());
    }
    corpus.write("a.txt", "a\\b\u00e9\u0007".getBytes(ISO_8859_1));
    assertEquals(
        "a\\x5cb\\xe9\\x07", ((Rejection) read(corpus.settings("a.txt"), WHOLE).get(0)).excerpt());
  }

  @Test
  void aReplacementCharacterThatIsWrittenIsText() {
    corpus.write("a.txt", "a\ufffdé\n\ufffd\nx\ufffd\u00c0\n".getBytes(UTF_8));
    List<CorpusEntry> entries = read(corpus.settings("a.txt"), WHOLE);
    assertEquals(List.of("0:a\ufffdé", "7:\ufffd", "11:x\ufffdÀ"), brief(entries));
    assertEquals(List.of(6L, 3L, 6L), entries.stream().map(CorpusEntry::bytes).toList());
    corpus.write("a.txt", new byte[] {'a', (byte) 0xef, (byte) 0xbf, (byte) 0xbd, (byte) 0xc0});
    assertEquals(List.of("0!not-utf8"), brief(read(corpus.settings("a.txt"), WHOLE)));
  }

  @Test
  void whatHoldsTheCharacterNulIsSetAside() {
    corpus.write("a.txt", "good\nb\0d\ngood".getBytes(UTF_8));
    assertEquals(
        List.of("0:good", "5!nul", "9:good"), brief(read(corpus.settings("a.txt"), WHOLE)));
    corpus.write("a.jsonl", "{\"text\": \"b\\u0000d\"}".getBytes(UTF_8));
    assertEquals(List.of("0!nul"), brief(read(corpus.settings("a.jsonl"), WHOLE)));
  }

  @Test
  void longLinesAreSkipped() {
    String most = "é".repeat(500);
    corpus.write("a.txt", ("x\n" + most + "\r\n" + most + "y\nz").getBytes(UTF_8));
    List<CorpusEntry> entries = read(corpus.settings("a.txt"), WHOLE);
    assertEquals(List.of("0:x", "2:" + most, "1004!too-long", "2006:z"), brief(entries));
    assertEquals(1001, entries.get(2).bytes());
    assertEquals(4 * Rejection.EXCERPT_BYTES, ((Rejection) entries.get(2)).excerpt().length());
  }

  @Test
  void aLineOfAnyLengthTakesLittleMemory() throws IOException {
    long length = 3L << 30;
    InputStream endless =
        new InputStream() {
          private long left = length;

          @Override
          public int read() {
            throw new AssertionError("reads are large");
          }

          @Override
          public int read(byte[] bytes, int from, int count) {
            int n = (int) Math.min(count, left);
            left -= n;
            return n == 0 ? -1 : n;
          }
        };
    InputStream rest = new ByteArrayInputStream("\nnext".getBytes(UTF_8));
    LineReader lines = new LineReader(new SequenceInputStream(endless, rest), 0, 1000);
    assertTrue(lines.next());
    assertTrue(lines.overlong());
    assertEquals(length, lines.length());
    assertEquals(1000, lines.bytes().length);
    assertTrue(lines.next());
    assertEquals("next", new String(lines.bytes(), 0, lines.held(), UTF_8));
    assertEquals(length + 1, lines.start());
  }

  @Test
  void aByteOrderMarkIsDropped() {
    corpus.write("a.txt", "\ufeffone\n\ufefftwo".getBytes(UTF_8));
    assertEquals(List.of("0:one", "7:\ufefftwo"), brief(read(corpus.settings("a.txt"), WHOLE)));
    corpus.write("a.jsonl", "\ufeff{\"text\":\"one\"}".getBytes(UTF_8));
    assertEquals(List.of("0:one"), brief(read(corpus.settings("a.jsonl"), WHOLE)));
    corpus.write("a.txt", "\ufeffone\n".getBytes(UTF_8));
    assertEquals(List.of("0:one\n"), brief(read(byFile("a.txt", 1000), WHOLE)));
  }

  @Test
  void aFileIsADocument() throws IOException {
    String text = "one\r\n\ntwo\n";
    corpus.write("d/a.txt", text.getBytes(UTF_8));
    corpus.write("d/b.txt.gz", gzip(text.getBytes(UTF_8)));
    corpus.write("d/c.txt", "12345678901".getBytes(UTF_8));
    corpus.write("d/d.txt", new byte[0]);
    corpus.write("d/e.txt", new byte[] {-1});
    corpus.write("d/f.txt.gz", Arrays.copyOf(gzip(text.getBytes(UTF_8)), 15));
    List<CorpusEntry> entries = read(byFile("d", 10), 3);
    assertEquals(
        List.of("0:" + text, "0:" + text, "0!too-long", "0!empty", "0!not-utf8", "0!corrupt-file"),
        brief(entries));
    assertEquals(List.of(0, 1, 2, 3, 4, 5), entries.stream().map(CorpusEntry::file).toList());
    assertEquals(11, entries.get(2).bytes());
  }

  @Test
  void jsonLinesHoldTheirTextInAField() {
    String lines =
        String.join(
            "\n",
            "{\"id\":{\"text\":\"inner\"},\"text\":\"a\\u00e4\\ud83c\\udfb6\\n\"}",
            "{\"text\":17}",
            "{\"other\":\"x\"}",
            "{\"text\":null}",
            "[1]",
            "{\"text\":\"x\"} {}",
            "{\"text\":\"x\"",
            "{\"text\":\"x\"}}",
            "  ",
            "{\"text\":\" \"}",
            "{\"text\":\"\\ud83c\"}",
            "{\"text\":\"" + "\\u00e4".repeat(500) + "\"}",
            "{\"text\":\"" + "\\u00e4".repeat(501) + "\"}",
            "nonsense",
            "{\"text\":\"last\"}");
    corpus.write("a.jsonl", lines.getBytes(UTF_8));
    List<String> found =
        brief(read(corpus.settings("a.jsonl"), 64)).stream()
            .map(entry -> entry.replaceFirst("^[0-9]+", ""))
            .toList();
    assertEquals(
        List.of(
            ":aä🎶\n",
            "!no-text",
            "!no-text",
            "!no-text",
            "!bad-json",
            "!bad-json",
            "!bad-json",
            "!bad-json",
            "!empty",
            "!empty",
            "!not-utf8",
            ":" + "ä".repeat(500),
            "!too-long",
            "!bad-json",
            ":last"),
        found);
  }

  @Test
  void fieldsOfOtherReadersAreCheckedTheSame() {
    DocumentChecker checker = new DocumentChecker(corpus.settings("x"));
    assertEquals(Document.ofText(3, 7, "aä"), checker.check(record(3, 7, "aä")));
    assertEquals(
        List.of("1!no-text", "2!empty", "3!not-utf8", "4!too-long"),
        brief(
            List.of(
                checker.check(new RawRecord(0, 1, 0, new byte[0], 0, 0, Map.of())),
                checker.check(record(0, 2, "\u2003")),
                checker.check(record(0, 3, "a\udc00")),
                checker.check(record(0, 4, "x".repeat(1001))))));
  }

  private static RawRecord record(int file, long offset, String text) {
    return new RawRecord(file, offset, 0, new byte[0], 0, 0, Map.of("text", new Raw.Decoded(text)));
  }

  private CorpusSettings byFile(String name, int most) {
    return corpus.settings(name, "document=file", "max-document-bytes=" + most);
  }

  private static String randomText(int characters) {
    String[] parts = {"\n", "\r\n", "\r", "é", "€", "🎶", "a", "b", " ", "\n\n"};
    Random random = new Random(5);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < characters; i++) {
      text.append(parts[random.nextInt(parts.length)]);
    }
    return text.toString();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] concatenate(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
