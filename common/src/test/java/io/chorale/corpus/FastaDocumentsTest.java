package io.chorale.corpus;

import static io.chorale.corpus.CorpusFixture.brief;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import io.chorale.config.CorpusSettings;
import io.chorale.config.SettingsException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records of FASTA: sequences over several lines, each under a header. */
class FastaDocumentsTest {
  private static final long WHOLE = 1L << 40;

  @TempDir java.nio.file.Path directory;
  private CorpusFixture corpus;

  @BeforeEach
  void begin() {
    corpus = new CorpusFixture(directory);
  }

  private List<String> read(String content, String... set) {
    return read("a.fasta", content.getBytes(UTF_8), set);
  }

  private List<String> read(String name, byte[] content, String... set) {
    corpus.write(name, content);
    return brief(CorpusFixture.read(corpus.settings(name, set), WHOLE));
  }

  private Rejection only(String content) {
    corpus.write("a.fasta", content.getBytes(UTF_8));
    List<CorpusEntry> entries = CorpusFixture.read(corpus.settings("a.fasta"), WHOLE);
    assertEquals(1, entries.size());
    return assertInstanceOf(Rejection.class, entries.get(0));
  }

  @Test
  void linesOfARecordAreOneTextAndItsHeaderIsNone() {
    assertEquals(
        List.of("0:ACGTACgt", "21:MKV>W*", "33:AA"),
        read(">one human\nACGT\nACgt\n>two\nMKV>W*\n>\nA\nA"));
  }

  @Test
  void lineEndsWhiteSpaceAndCommentsAreLeftOut() {
    assertEquals(
        List.of("12:ACGTAC", "51:TT"),
        read(";a comment\r\n>one\r\nAC GT\t\r\n\r\n; >no header\r\n A C \r\n\r\n>two\r\nTT\r\n"));
  }

  @Test
  void aByteOrderMarkIsDropped() {
    assertEquals(List.of("0:AC", "9:GT"), read("\ufeff>a\nAC\n>b\nGT\n"));
    assertEquals(List.of("6:AC"), read("\ufeff\r\n\n>a\nAC\n"));
  }

  @Test
  void lettersAreReadAsTheyAreUnlessTold() {
    String content = ">Ab\nacGTné-*\n";
    assertEquals(List.of("0:acGTné-*"), read(content));
    assertEquals(List.of("0:ACGTNé-*"), read(content, "fasta-case=upper"));
    assertEquals(List.of("0:acgtné-*"), read(content, "fasta-case=lower"));
  }

  @Test
  void theNameTellsTheFormatPackedOrNot() {
    byte[] content = ">a\nAC\nGT\n".getBytes(UTF_8);
    for (String name : List.of("a.fasta", "a.FA", "a.faa", "a.fna")) {
      assertEquals(List.of("0:ACGT"), read(name, content), name);
    }
    assertEquals(List.of("0:ACGT"), read("a.fna.zst", Zstd.compress(content)));
    assertEquals(List.of("0:ACGT"), read("a.dna", content, "format=fasta"));
    assertEquals(List.of("0:>a", "3:AC", "6:GT"), read("a.dna", content));
  }

  @Test
  void aFileThatBeginsWithoutAHeaderIsRefused() {
    for (String content : List.of("ACGT\n>a\nAC\n", "\n;c\nACGT\n>a\nAC\n", " >a\nAC\n", "text")) {
      Rejection refused = only(content);
      assertEquals(Rejection.Reason.REFUSED_FILE, refused.reason());
      assertTrue(refused.cause().contains("expected > as the first sign"), refused.cause());
    }
    assertEquals(List.of(), read(""));
    assertEquals(List.of(), read(";nothing but\n\n; comments"));
  }

  @Test
  void aRecordWithoutSequenceIsSetAside() {
    assertEquals(List.of("0!empty", "3:A", "8!empty", "14!empty"), read(">a\n>b\nA\n>c\n \n\n>d"));
    Rejection empty = only(">sp|P1| none\n");
    assertEquals("a header without a sequence", empty.cause());
    assertEquals(">sp|P1| none", empty.excerpt());
  }

  @Test
  void whatIsNoTextIsSetAside() {
    byte[] content = ">a\nA?C\n>b\nAC\n>c\nA\0\n".getBytes(UTF_8);
    content[4] = (byte) 0xe9;
    assertEquals(List.of("0!not-utf8", "7:AC", "13!nul"), read("a.fa", content));
  }

  @Test
  void aLongRecordIsSetAsideAndItsNeighboursAreRead() {
    String most = ("A".repeat(50) + "\n").repeat(20);
    List<String> entries = read(">a\n" + most + ">b\n" + most + "C\n>c\nG\n");
    assertEquals(List.of("0:" + "A".repeat(1000), "1023!too-long", "2048:G"), entries);
    assertEquals(1001, only(">b\n" + most + "C\n").bytes());
  }

  @Test
  void aRecordOfAnyLengthTakesLittleMemory() throws Exception {
    long length = 200L << 20;
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
            Arrays.fill(bytes, from, from + n, (byte) 'A');
            if (left == length) {
              bytes[from] = '>';
              bytes[from + 1] = '\n';
            }
            left -= n;
            return n == 0 ? -1 : n;
          }
        };
    FastaReader records =
        new FastaReader(new PlacedBytes(endless, 0), CorpusSettings.LetterCase.AS_IS, 4000);
    assertTrue(records.begin());
    assertTrue(records.next());
    assertEquals(length - 2, records.length());
    assertEquals(4000, records.held());
    assertEquals(4000, records.sequence().length);
  }

  @Test
  void splitsOfAnySizeHoldEachRecordOnce() {
    String[] parts = {"\n>x y\n", "\r\n>\r\n", "ACG", "\n", "\r\n", "\n;c>\n", ">", " ", "TT\nA"};
    Random random = new Random(7);
    StringBuilder text = new StringBuilder("\ufeff>first\n");
    for (int i = 0; i < 120; i++) {
      text.append(parts[random.nextInt(parts.length)]);
    }
    for (String content : List.of(text.toString(), "\n;c\r\n\n" + text.substring(1))) {
      byte[] bytes = content.getBytes(UTF_8);
      corpus.write("a.fa", bytes);
      CorpusSettings settings = corpus.settings("a.fa");
      List<CorpusEntry> whole = CorpusFixture.read(settings, WHOLE);
      assertTrue(whole.size() > 20);
      for (int size = 1; size <= bytes.length + 1; size++) {
        assertEquals(whole, CorpusFixture.read(settings, size), "split of " + size + " bytes");
      }
    }
  }

  @Test
  void textBeforeTheFirstHeaderIsFoundHoweverTheFileIsCut() {
    byte[] content = ("\n".repeat(20) + "ACGT\n>a\nAC\n").getBytes(UTF_8);
    corpus.write("a.fa", content);
    for (int size = 1; size <= content.length; size++) {
      List<CorpusEntry> entries = CorpusFixture.read(corpus.settings("a.fa"), size);
      assertEquals("0!refused-file", brief(entries).get(0), "split of " + size + " bytes");
    }
  }

  @Test
  void aPackedFileThatIsCutShortGivesNoPartOfARecord() {
    byte[] random = new byte[6000];
    new Random(3).nextBytes(random);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < random.length; i++) {
      text.append(i % 500 == 0 ? "\n>r\n" : "").append("ACGT".charAt(random[i] & 3));
    }
    byte[] packed = Zstd.compress(text.substring(1).getBytes(UTF_8));
    List<String> whole = read("a.fa.zst", packed);
    assertEquals(12, whole.size());
    List<String> cut = read("a.fa.zst", Arrays.copyOf(packed, packed.length - 10));
    int last = cut.size() - 1;
    assertEquals(whole.subList(0, last), cut.subList(0, last));
    assertTrue(cut.get(last).endsWith("!corrupt-file"), cut.get(last));
  }

  @Test
  void whatFollowsAWholePackedFileCostsNoRecord() {
    byte[] packed = Zstd.compress(">a\nAC\n>b\nGT".getBytes(UTF_8));
    byte[] longer = Arrays.copyOf(packed, packed.length + 7);
    Arrays.fill(longer, packed.length, longer.length, (byte) 'x');
    assertEquals(List.of("0:AC", "6:GT", "11!corrupt-file"), read("a.fa.zst", longer));
  }

  @Test
  void labelsAreRefusedForAFileWithoutFields() {
    corpus.write("a.fna", ">a\nAC\n".getBytes(UTF_8));
    CorpusSettings settings = corpus.settings("a.fna", "label-field=kind");
    SettingsException refused =
        assertThrows(SettingsException.class, () -> Corpus.files(CorpusFixture.STORAGE, settings));
    assertEquals(
        "Cannot read corpus file %s: it is FASTA, which has no field for corpus.label-field (is: kind), expected JSON lines, CSV or Parquet. Leave the file out, or remove corpus.label-field."
            .formatted(corpus.path("a.fna")),
        refused.getMessage());
  }
}
