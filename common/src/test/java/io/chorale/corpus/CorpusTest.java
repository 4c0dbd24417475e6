package io.chorale.corpus;

import static io.chorale.corpus.CorpusFixture.STORAGE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.CorpusSettings;
import io.chorale.config.CorpusSettings.Format;
import io.chorale.config.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {
  @TempDir Path directory;
  private CorpusFixture corpus;

  @BeforeEach
  void write() {
    corpus = new CorpusFixture(directory);
    for (String name :
        List.of(
            "b/2.txt",
            "b/10.JSONL",
            "b/c/x.ndjson.gz",
            "b/_SUCCESS",
            "b/.2.txt.crc",
            "b/_tmp/y.txt",
            "a.parquet",
            "d[1].json.zst")) {
      corpus.write(name, new byte[100]);
    }
    directory.resolve("empty").toFile().mkdir();
  }

  @Test
  void findsFilesOfDirectoriesAndGlobsInOrder() {
    assertEquals(
        List.of("b/10.JSONL", "b/2.txt", "b/c/x.ndjson.gz"), found(List.of("b"), Format.AUTO));
    assertEquals(
        List.of("d[1].json.zst", "a.parquet", "b/10.JSONL", "b/2.txt"),
        found(List.of("d[1].json.zst", "*.parquet", "b/*.*", "b/{2,3}.txt"), Format.AUTO));
    assertEquals(List.of("b/_tmp/y.txt"), found(List.of("b/_tmp"), Format.AUTO));
  }

  @Test
  void aLinkThatLeadsBackIsNotFollowed() throws IOException {
    Files.createSymbolicLink(directory.resolve("b/c/back"), directory.resolve("b"));
    Files.createSymbolicLink(directory.resolve("other"), directory.resolve("b/c"));
    assertEquals(
        List.of("b/10.JSONL", "b/2.txt", "b/c/x.ndjson.gz"), found(List.of("b"), Format.AUTO));
    assertEquals("other/x.ndjson.gz", found(List.of("other"), Format.AUTO).get(2));
  }

  @Test
  void whatIsNoFileIsRefusedAndALinkToNothingIsSaid() throws Exception {
    Files.createSymbolicLink(directory.resolve("b/c/dead"), directory.resolve("gone"));
    assertTrue(refusal(List.of("b"), Format.AUTO).contains("b/c/dead: it is a link to"));
    assertTrue(refusal(List.of("b/c/dead"), Format.AUTO).contains("where there is nothing"));
    Files.delete(directory.resolve("b/c/dead"));
    Files.createSymbolicLink(directory.resolve("b/c/zero"), Path.of("/dev/zero"));
    for (String path : List.of("b", "b/c/zero", "b/c/z*")) {
      assertTrue(refusal(List.of(path), Format.AUTO).contains("b/c/zero: it is a FIFO, a device"));
    }
  }

  @Test
  void tellsFormatsByNameUnlessTold() {
    List<CorpusFile> files = files(List.of("b", "a.parquet", "d[1].json.zst"), Format.AUTO);
    assertEquals(
        List.of("JSONL NONE", "TEXT NONE", "JSONL GZIP", "PARQUET NONE", "JSONL ZSTD"),
        files.stream().map(file -> file.format() + " " + file.compression()).toList());
    assertEquals(List.of(0, 1, 2, 3, 4), files.stream().map(CorpusFile::index).toList());
    assertTrue(
        files(List.of("b"), Format.TEXT).stream().allMatch(file -> file.format() == Format.TEXT));
    assertTrue(refusal(List.of("b/c"), Format.PARQUET).contains("it is a packed Parquet file"));
  }

  @Test
  void namesPathsThatLeadToNothing() {
    assertEquals(
        "Cannot read corpus %s: there is no such file or directory, expected a file, directory or glob. Check corpus.paths."
            .formatted(corpus.path("none")),
        refusal(List.of("b", "none"), Format.AUTO));
    for (String path : List.of("empty", "b/*.csv")) {
      assertTrue(refusal(List.of(path), Format.AUTO).contains("no file was found there"));
    }
    assertTrue(refusal(List.of(), Format.AUTO).contains("corpus.paths is empty"));
  }

  @Test
  void cutsOnlyWhatIsReadLineByLine() {
    assertEquals(
        List.of(
            "10.JSONL 0+64", "10.JSONL 64+36", "2.txt 0+64", "2.txt 64+36", "x.ndjson.gz 0+100"),
        splits(CorpusSettings.Document.LINE));
    assertEquals(
        List.of("10.JSONL 0+64", "10.JSONL 64+36", "2.txt 0+100", "x.ndjson.gz 0+100"),
        splits(CorpusSettings.Document.FILE));
  }

  private List<String> splits(CorpusSettings.Document document) {
    CorpusSettings settings =
        corpus.settings("b", "document=" + document.name().toLowerCase(Locale.ROOT));
    return Corpus.splits(Corpus.files(STORAGE, settings), settings, 64).stream()
        .map(split -> split.file().path().getName() + " " + split.start() + "+" + split.length())
        .toList();
  }

  private List<CorpusFile> files(List<String> names, Format format) {
    List<String> paths = names.stream().map(name -> "'" + directory + "/" + name + "'").toList();
    CorpusSettings settings =
        CorpusFixture.settings(paths, "format=" + format.name().toLowerCase(Locale.ROOT));
    return Corpus.files(STORAGE, settings);
  }

  private List<String> found(List<String> names, Format format) {
    String below = directory.toUri().getPath();
    return files(names, format).stream()
        .map(file -> file.path().toUri().getPath().substring(below.length()))
        .toList();
  }

  private String refusal(List<String> names, Format format) {
    return assertThrows(SettingsException.class, () -> files(names, format))
        .getMessage()
        .replace(" " + directory + "/", " " + corpus.path(""));
  }
}
