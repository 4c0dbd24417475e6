package io.chorale.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import io.chorale.config.CorpusSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.config.SettingsException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CorpusCountsTest {
  static final List<CorpusFile> FILES = List.of(file(0, 1000), file(1, 10), file(2, 1990));

  @Test
  void tooManyFaultyDocumentsFailWithTheCountsAndTheFirst() {
    CorpusCounts counts = counts(97, Rejection.Reason.NOT_UTF8, Rejection.Reason.TOO_LONG);
    counts.merge(counts(0, Rejection.Reason.TOO_LONG, Rejection.Reason.EMPTY));
    assertEquals("97 documents; rejected: 1 not-utf8, 2 too-long; 1 empty", counts.toString());
    assertEquals(3, counts.faulty());
    counts.check(FILES, 0.03);
    String message = refusal(counts, 0.029);
    assertTrue(message.contains("0.0300 of it is rejected (97 documents;"), message);
    assertTrue(message.contains("The first: file:/0 at 0: not-utf8."), message);
  }

  @Test
  void blankOnesDoNotWeighButDoNotSufficeEither() {
    CorpusCounts counts = counts(1, Rejection.Reason.EMPTY, Rejection.Reason.EMPTY);
    counts.check(FILES, 0);
    assertTrue(refusal(counts(0, Rejection.Reason.EMPTY), 1).contains("no usable document"));
    assertTrue(refusal(new CorpusCounts(), 1).contains("no usable document"));
  }

  @Test
  void whatTheSettingsRejectIsCountedButDoesNotWeigh() {
    CorpusCounts counts = counts(1, Rejection.Reason.QUALITY, Rejection.Reason.LANGUAGE);
    counts.add(rejection(0, 1 << 20, Rejection.Reason.PATTERN));
    counts.check(FILES, 0);
    assertEquals(0, counts.faulty());
    assertEquals(
        "1 documents; rejected: 1 quality, 1 language, 1 pattern; 0 empty", counts.toString());
    String none = refusal(counts(0, Rejection.Reason.QUALITY), 1);
    assertTrue(none.contains("no usable document (0 documents; rejected: 1 quality;"), none);
  }

  @Test
  void aLongDocumentWeighsByItsBytes() {
    CorpusCounts counts = counts(1000);
    counts.add(rejection(0, 8000, Rejection.Reason.TOO_LONG));
    counts.check(FILES, 0.8);
    assertTrue(refusal(counts, 0.79).contains("0.8000 of it"));
  }

  @Test
  void aDamagedFileWeighsByItsBytes() {
    CorpusCounts counts = counts(100_000);
    counts.add(corrupt(0, 300));
    counts.add(corrupt(2, 300));
    counts.add(corrupt(2, 300));
    counts.check(FILES, 0.997);
    // All but the 10 bytes of the second.
    assertTrue(refusal(counts, 0.99).contains("0.9967 of it"), refusal(counts, 0.99));
    assertEquals(Set.of(0, 2), counts.damagedFiles());
    assertTrue(refusal(counts, 0.29).contains("file:/0 at 7: corrupt-file (it ends early)"));
    assertEquals(
        List.of("file:/0: it ends early", "file:/2: it ends early"), counts.damaged(FILES));
  }

  /** They weigh with their file. */
  @Test
  void documentsThatAreLostDoNotWeighByThemselves() {
    CorpusCounts counts = counts(10);
    counts.lose(4, 40);
    assertEquals(6, counts.documents());
    assertEquals(4, counts.rejected(Rejection.Reason.LOST));
    assertEquals(40, counts.rejectedBytes(Rejection.Reason.LOST));
    assertEquals(0, counts.faulty());
    counts.check(FILES, 0);
  }

  @Test
  void aFileThatIsCutShortWeighsAsAMeanOneAtLeast() {
    CorpusCounts small = counts(100_000);
    small.add(corrupt(1, Rejection.WHOLE));
    // 1,000 of 3,990 bytes: it is taken for one of 1,000.
    small.check(FILES, 0.251);
    assertTrue(refusal(small, 0.25).contains("0.2506 of it"));
    CorpusCounts large = counts(100_000);
    large.merge(counts(0)).add(corrupt(2, 5));
    CorpusCounts other = new CorpusCounts();
    other.add(corrupt(2, Rejection.WHOLE));
    assertTrue(refusal(large.merge(other), 0.6).contains("0.6633 of it"));
  }

  @Test
  void aRefusedFileIsNamedWithWhatToDo() {
    CorpusCounts counts = counts(100);
    for (int file : new int[] {2, 0}) {
      counts.add(rejection(file, 0, Rejection.Reason.REFUSED_FILE).because("it is a zip."));
    }
    SettingsException refusal = assertThrows(SettingsException.class, () -> counts.check(FILES, 1));
    assertEquals(
        "Cannot read corpus file file:/0: it is a zip. Refused beside it: 1 more.",
        refusal.getMessage());
  }

  private static String refusal(CorpusCounts counts, double maxRejected) {
    return assertThrows(ChoraleException.class, () -> counts.check(FILES, maxRejected))
        .getMessage();
  }

  private static CorpusFile file(int index, long length) {
    return new CorpusFile(
        index,
        0,
        "file:/" + index,
        length,
        0,
        CorpusSettings.Format.TEXT,
        CorpusFile.Compression.NONE,
        DatasetSplit.TRAIN);
  }

  private static Rejection rejection(int file, long bytes, Rejection.Reason reason) {
    return new Rejection(file, 0, bytes, reason, "", "", 0);
  }

  private static Rejection corrupt(int file, long lost) {
    return new Rejection(file, 7, 1, Rejection.Reason.CORRUPT_FILE, "", "it ends early", lost);
  }

  private static CorpusCounts counts(int documents, Rejection.Reason... reasons) {
    CorpusCounts counts = new CorpusCounts();
    for (int i = 0; i < documents; i++) {
      counts.add(Document.ofText(0, i, "ab"));
    }
    for (Rejection.Reason reason : reasons) {
      counts.add(rejection(0, 1, reason));
    }
    assertEquals(2L * documents, counts.bytes());
    return counts;
  }
}
