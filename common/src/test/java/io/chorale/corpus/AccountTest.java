package io.chorale.corpus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was read is kept, or has a reason. */
class AccountTest {
  private static final Account.Damaged WHOLE = new Account.Damaged(0, 0);

  private static Account.OfSource of(long read, long kept, Map<String, Account.Amount> reasons) {
    return new Account.OfSource(
        new Account.Amount(read, 10 * read), new Account.Amount(kept, 9 * kept), reasons, WHOLE);
  }

  private static Account account(Account.OfSource web) {
    return new Account(List.of(new Account.Addition(Map.of("web", web))));
  }

  /** Random entries, in random parts, merged in a random order. */
  @Test
  void whatIsCountedOncePerRecordBalances() {
    Random random = new Random(3);
    Rejection.Reason[] reasons = Rejection.Reason.values();
    for (int round = 0; round < 20; round++) {
      CorpusCounts all = new CorpusCounts();
      long read = 0;
      long bytes = 0;
      for (int part = random.nextInt(1, 9); part > 0; part--) {
        CorpusCounts counts = new CorpusCounts();
        for (int entry = random.nextInt(50); entry > 0; entry--) {
          Rejection.Reason reason = reasons[random.nextInt(reasons.length)];
          CorpusEntry found =
              random.nextBoolean()
                  ? Document.ofText(0, entry, "text")
                  : new Rejection(0, entry, 7, reason, "", "", 0);
          counts.add(found);
          if (!(found instanceof Rejection rejected) || !rejected.reason().ofFile()) {
            read++;
            bytes += found.bytes();
          }
        }
        all = part % 2 == 0 ? all.merge(counts) : counts.merge(all);
      }
      long lost = random.nextLong(all.documents() + 1);
      all.lose(lost, 4 * lost);
      Account account =
          Account.of("web", new Account.Amount(read, bytes), all, CorpusCountsTest.FILES);
      account.check();
      account.checkRows(Map.of("web", all.documents()));
      Account.OfSource web = account.sources().get("web");
      long accounted =
          web.kept().bytes() + web.reasons().values().stream().mapToLong(a -> a.bytes()).sum();
      assertEquals(bytes, accounted);
    }
  }

  @Test
  void aRecordThatIsNeitherKeptNorRejectedIsAnError() {
    Map<String, Account.Amount> reasons = Map.of("nul", new Account.Amount(2, 8));
    account(of(9, 7, reasons)).check();
    for (int read : new int[] {8, 10}) {
      ChoraleException thrown =
          assertThrows(ChoraleException.class, () -> account(of(read, 7, reasons)).check());
      assertEquals(
          "Cannot account for source web: 9 records are accounted for (7 of %d documents; 2 nul), expected the %d that were read. Run again; should it happen twice, please report it."
              .formatted(read, read),
          thrown.getMessage());
    }
  }

  @Test
  void aRowThatIsNoDocumentIsAnError() {
    Account account = account(of(7, 7, Map.of()));
    account.checkRows(Map.of("web", 7L));
    for (Map<String, Long> rows : List.of(Map.of("web", 8L), Map.of("web", 6L), Map.of("a", 7L))) {
      assertThrows(ChoraleException.class, () -> account.checkRows(rows), rows.toString());
    }
  }

  @Test
  void additionsAddUp() {
    Account.Addition first =
        new Account.Addition(Map.of("web", of(9, 7, Map.of("nul", new Account.Amount(2, 8)))));
    Account.Addition second =
        new Account.Addition(
            Map.of(
                "web",
                new Account.OfSource(
                    new Account.Amount(5, 50),
                    new Account.Amount(1, 9),
                    Map.of("nul", new Account.Amount(1, 1), "lost", new Account.Amount(3, 3)),
                    new Account.Damaged(1, 77))));
    Account.OfSource web = new Account(List.of(first, second)).sources().get("web");
    assertEquals("8 of 14 documents; 3 nul, 3 lost; damaged files: 1", web.toString());
    assertEquals(new Account.Amount(14, 140), web.read());
    assertEquals(new Account.Damaged(1, 77), web.damaged());
  }

  @Test
  void whatIsWrittenIsRead(@TempDir Path directory) throws Exception {
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(directory.toUri());
    assertEquals(Optional.empty(), Account.of(CorpusFixture.STORAGE, List.of(path)));
    Account account = account(of(9, 7, Map.of("nul", new Account.Amount(2, 8))));
    account.publish(CorpusFixture.STORAGE, path);
    assertEquals(Optional.of(account), Account.of(CorpusFixture.STORAGE, List.of(path)));
    byte[] bytes = Files.readAllBytes(directory.resolve("account.json"));
    account.publish(CorpusFixture.STORAGE, path);
    assertArrayEquals(bytes, Files.readAllBytes(directory.resolve("account.json")));
    Files.write(directory.resolve("account.json"), new String(bytes).replace("7", "8").getBytes());
    ChoraleException damaged =
        assertThrows(
            ChoraleException.class, () -> Account.of(CorpusFixture.STORAGE, List.of(path)));
    assertTrue(damaged.getMessage().contains("checksum"), damaged.getMessage());
  }
}
