package io.chorale.corpus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import io.chorale.config.CorpusSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.config.SettingsFile;
import io.chorale.config.Sources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusPlanTest {
  private static final long MIB = 1L << 20;
  private static final CorpusSettings SETTINGS = SettingsFile.defaults().corpus();
  private static final Sources ONE = Sources.of(SettingsFile.defaults());

  private static CorpusFile file(int index, long length, long modified) {
    return file(index, 0, length, modified);
  }

  private static CorpusFile file(int index, int source, long length, long modified) {
    return new CorpusFile(
        index,
        source,
        "file:/%05d.txt".formatted(index),
        length,
        modified,
        CorpusSettings.Format.TEXT,
        CorpusFile.Compression.NONE,
        DatasetSplit.TRAIN);
  }

  private static CorpusPlan plan(long... lengths) {
    List<CorpusFile> files = new ArrayList<>();
    for (long length : lengths) {
      files.add(file(files.size(), length, 7));
    }
    return CorpusPlan.of(files, ONE);
  }

  @Test
  void theWholeCorpusIsInItsPartsInOrder() {
    long[] lengths = new long[3000];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = i % 100 == 0 ? 5 * MIB + i : i;
    }
    CorpusPlan plan = plan(lengths);
    List<String> cut = new ArrayList<>();
    long bytes = 0;
    for (CorpusPlan.Part part : plan.parts()) {
      long ofPart = part.splits().stream().mapToLong(CorpusSplit::length).sum();
      assertTrue(ofPart <= plan.partBytes() + (1 << 16), part.number() + ": " + ofPart);
      part.splits().forEach(split -> cut.add(split.toString()));
      bytes += ofPart;
    }
    assertEquals(plan.storedBytes(), bytes);
    assertEquals(
        Corpus.splits(plan.files(), SETTINGS, plan.partBytes()).stream()
            .map(CorpusSplit::toString)
            .toList(),
        cut);
    for (int number = 0; number < plan.parts().size(); number++) {
      assertEquals(number, plan.parts().get(number).number());
    }
  }

  @Test
  void partsGrowWithTheCorpusAndFewFilesMakeFewParts() {
    assertEquals(MIB, plan(100).partBytes());
    assertEquals(1, plan(100).parts().size());
    assertEquals(4 * MIB, plan(5 * 256 * MIB).partBytes());
    assertEquals(4 * MIB, plan(6 * 256 * MIB).partBytes());
    assertEquals(64 * MIB, plan(1L << 40).partBytes());
    long[] tiny = new long[10_000];
    Arrays.fill(tiny, 1000);
    assertTrue(plan(tiny).parts().size() < 700, plan(tiny).parts().size() + " parts");
  }

  @Test
  void anotherCorpusIsAnotherPlan() {
    String plan = plan(10, 20).fingerprint();
    assertEquals(plan, plan(10, 20).fingerprint());
    assertNotEquals(plan, plan(10, 21).fingerprint());
    assertNotEquals(plan, plan(10, 20, 1).fingerprint());
    List<CorpusFile> touched = List.of(file(0, 10, 7), file(1, 20, 8));
    assertNotEquals(plan, CorpusPlan.of(touched, ONE).fingerprint());
    assertArrayEquals(plan(10, 20).toBytes(), plan(10, 20).toBytes());
    assertFalse(Arrays.equals(plan(10, 20).toBytes(), plan(10, 21).toBytes()));
  }

  /** Files come split by split, so a source may have parts that do not follow each other. */
  @Test
  void aPartIsOfOneSource() {
    Sources two =
        Sources.of(
            SettingsFile.read(
                "my.yaml", "corpus: {sources: {a: {document: file}, b: {}}}", List.of()));
    List<CorpusFile> files =
        List.of(
            file(0, 0, 3 * MIB, 7),
            file(1, 0, 5, 7),
            file(2, 1, 5, 7),
            file(3, 1, 3 * MIB, 7),
            file(4, 0, 5, 7));
    CorpusPlan plan = CorpusPlan.of(files, two);
    assertEquals(
        List.of(
            "0 [file:/00000.txt[0+3145728]]",
            "0 [file:/00001.txt[0+5]]",
            "1 [file:/00002.txt[0+5]]",
            "1 [file:/00003.txt[0+1048576]]",
            "1 [file:/00003.txt[1048576+1048576]]",
            "1 [file:/00003.txt[2097152+1048576]]",
            "0 [file:/00004.txt[0+5]]"),
        plan.parts().stream().map(part -> part.source() + " " + part.splits()).toList());
    Sources one = Sources.of(SettingsFile.read("my.yaml", "", List.of()));
    List<CorpusFile> same =
        files.stream().map(file -> file(file.index(), 0, file.length(), 7)).toList();
    assertNotEquals(plan.fingerprint(), CorpusPlan.of(same, one).fingerprint());
  }

  @Test
  void aFileThatChangesIsNoticed(@TempDir Path directory) throws Exception {
    Path path = Files.writeString(directory.resolve("a.txt"), "text");
    CorpusSettings settings =
        SettingsFile.read("test", "", List.of("corpus.paths=[" + path + "]")).corpus();
    CorpusFile file = Corpus.files(CorpusFixture.STORAGE, settings).get(0);
    file.checkUnchanged(CorpusFixture.STORAGE);
    Files.setLastModifiedTime(path, FileTime.fromMillis(1));
    ChoraleException touched =
        assertThrows(ChoraleException.class, () -> file.checkUnchanged(CorpusFixture.STORAGE));
    assertTrue(touched.getMessage().contains("1970-01-01T00:00:00.001Z"), touched.getMessage());
    Files.writeString(path, "more text");
    ChoraleException longer =
        assertThrows(ChoraleException.class, () -> file.checkUnchanged(CorpusFixture.STORAGE));
    assertTrue(longer.getMessage().contains("it had 4 bytes"), longer.getMessage());
    assertFalse(longer.getMessage().contains("\n"));
  }
}
