package io.chorale.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.CorpusSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.config.SettingsFile;
import io.chorale.config.Sources;
import io.chorale.io.MadeFileSystem;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Inputs that no disk of a test holds. */
class LargeInputTest {
  private static final Sources ONE = Sources.of(SettingsFile.defaults());
  private static final long TWO_GIGABYTES = (1L << 31) + 100;
  private static final int DIRECTORIES = 100;
  private static final int FILES = 1000;

  private final Storage storage = new Storage(MadeFileSystem.configuration());

  /** A file with a record of two gigabytes between two others. */
  private enum Large {
    TEXT("/a.txt", "first\n", "\nlast\n"),
    JSON("/a.jsonl", "{\"text\":\"first\"}\n{\"text\":\"", "\"}\n{\"text\":\"last\"}\n"),
    CSV("/a.csv", "id,text\n1,first\n2,\"", "\"\n3,last\n"),
    FASTA("/a.fasta", ">1\nfirst\n>2\n", "\n>3\nlast\n");

    private final String path;
    private final MadeFileSystem.Content content;

    Large(String path, String begin, String end) {
      this.path = path;
      this.content = new MadeFileSystem.Content(begin, 'x', TWO_GIGABYTES, end);
    }
  }

  /** In splits as a job has them, most of which lie within the record. */
  @ParameterizedTest
  @EnumSource(Large.class)
  void aRecordOfTwoGigabytesIsTooLongAndTheNextOneIsRead(Large large) {
    MadeFileSystem.put(large.path, large.content);
    CorpusSettings settings = CorpusFixture.settings(List.of("made:" + large.path));
    List<String> found = new ArrayList<>();
    List<CorpusFile> files = Corpus.files(storage, settings);
    for (CorpusSplit split : Corpus.splits(files, settings)) {
      try (DocumentReader reader = DocumentReader.of(storage, split, settings, read -> {})) {
        reader.forEachRemaining(
            entry ->
                found.add(
                    entry instanceof Document document
                        ? CorpusFixture.text(document)
                        : ((Rejection) entry).reason().key()));
      }
    }
    assertEquals(List.of("first", "too-long", "last"), found);
  }

  @Test
  void manyTinyFilesAreFewParts() {
    MadeFileSystem.fill("/tiny", DIRECTORIES, FILES);
    CorpusSettings settings = CorpusFixture.settings(List.of("made:/tiny"));
    List<CorpusFile> files = Corpus.files(storage, settings);
    assertEquals(DIRECTORIES * FILES, files.size());
    assertEquals("made:/tiny/0/0.txt", files.get(0).toString());
    assertEquals("made:/tiny/99/999.txt", files.get(files.size() - 1).toString());
    CorpusPlan plan = CorpusPlan.of(files, ONE);
    assertTrue(plan.parts().size() <= 512, plan.parts().size() + " parts");
    long splits = plan.parts().stream().mapToLong(part -> part.splits().size()).sum();
    assertEquals(files.size(), splits);
    assertEquals(64, plan.fingerprint().length());
  }

  @Test
  void oneFileWithMostOfTheBytesIsCutWhereItCanBe() {
    long most = 9L << 30;
    for (CorpusFile.Compression compression :
        List.of(CorpusFile.Compression.NONE, CorpusFile.Compression.GZIP)) {
      List<CorpusFile> files = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        files.add(
            new CorpusFile(
                i,
                0,
                "made:/" + i,
                i == 50 ? most : (1L << 30) / 100,
                0,
                CorpusSettings.Format.TEXT,
                i == 50 ? compression : CorpusFile.Compression.NONE,
                DatasetSplit.TRAIN));
      }
      CorpusPlan plan = CorpusPlan.of(files, ONE);
      long largest =
          plan.parts().stream()
              .mapToLong(part -> part.splits().stream().mapToLong(CorpusSplit::length).sum())
              .max()
              .orElseThrow();
      boolean cut = compression == CorpusFile.Compression.NONE;
      assertTrue(cut ? largest <= 1L << 26 : largest == most, "" + largest);
      assertEquals(cut ? List.of() : List.of(files.get(50)), plan.heavy());
    }
  }
}
