package io.chorale.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import org.junit.jupiter.api.Test;

class CorpusCountsTest {
  @Test
  void tooManyFaultyDocumentsFailWithTheCounts() {
    CorpusCounts counts = counts(97, Rejection.Reason.NOT_UTF8, Rejection.Reason.TOO_LONG);
    counts.merge(counts(0, Rejection.Reason.TOO_LONG, Rejection.Reason.EMPTY));
    assertEquals("97 documents; rejected: 1 not-utf8, 2 too-long; 1 empty", counts.toString());
    assertEquals(3, counts.faulty());
    counts.check(0.03);
    String message = assertThrows(ChoraleException.class, () -> counts.check(0.029)).getMessage();
    assertTrue(message.contains("0.0300 of its documents are rejected (97 documents;"), message);
  }

  @Test
  void blankOnesDoNotWeighButDoNotSufficeEither() {
    CorpusCounts counts = counts(1, Rejection.Reason.EMPTY, Rejection.Reason.EMPTY);
    counts.check(0);
    assertThrows(ChoraleException.class, () -> counts(0, Rejection.Reason.EMPTY).check(1));
    assertThrows(ChoraleException.class, () -> new CorpusCounts().check(1));
  }

  private static CorpusCounts counts(int documents, Rejection.Reason... reasons) {
    CorpusCounts counts = new CorpusCounts();
    for (int i = 0; i < documents; i++) {
      counts.add(new Document(0, i, 2, "ab", ""));
    }
    for (Rejection.Reason reason : reasons) {
      counts.add(new Rejection(0, 0, 1, reason, ""));
    }
    assertEquals(2L * documents, counts.bytes());
    return counts;
  }
}
