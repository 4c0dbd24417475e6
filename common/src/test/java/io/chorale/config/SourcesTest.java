package io.chorale.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several sources of a corpus, each the section with some keys changed. */
class SourcesTest {
  private static Settings read(String yaml, String... overrides) {
    return SettingsFile.read("my.yaml", yaml, List.of(overrides));
  }

  @Test
  void aSourceHasItsKeysAndThoseOfTheCorpus() {
    String yaml =
        "corpus: {max-document-bytes: 9, text-field: body, sources: {web: {paths: [w, x], weight:"
            + " 2, tags: crawl}, books: {paths: b, text-field: page, format: csv, csv-header: "
            + "false}}}";
    Sources sources = Sources.of(read(yaml));
    assertEquals(List.of("web", "books"), sources.names());
    CorpusSettings web = sources.get(0).corpus();
    assertEquals(List.of("w", "x"), web.paths());
    assertEquals(List.of("crawl"), web.tags());
    assertEquals(2, web.weight());
    assertEquals("body", web.textField());
    CorpusSettings books = sources.get(1).corpus();
    assertEquals(List.of("b"), books.paths());
    assertEquals(1, books.weight());
    assertEquals("page", books.textField());
    assertEquals("csv", books.format());
    assertFalse(books.csvHeader());
    for (Sources.Source source : sources.all()) {
      assertEquals(9, source.corpus().maxDocumentBytes());
      assertEquals(List.of(), source.corpus().sources().names());
    }
  }

  @Test
  void theyAreGivenOnOneLine() {
    String flow = "{web: {paths: [w], tags: [crawl]}, books: {paths: b}}";
    Settings set = read("", "corpus.sources=" + flow);
    assertEquals(read("corpus: {sources: " + flow + "}"), set);
    assertEquals(List.of("web", "books"), Sources.of(set).names());
    assertEquals(read(""), read("corpus: {sources: " + flow + "}", "corpus.sources="));
  }

  @Test
  void whatIsWrittenReadsBackEqual() {
    Settings settings =
        read("corpus: {sources: {web: {paths: w, weight: 3, csv-quote: ''}, a: {paths: [b]}}}");
    Settings reopened = SettingsFile.reopen("run", SettingsFile.write(settings));
    assertEquals(settings, reopened);
    assertEquals(Sources.of(settings), Sources.of(reopened));
    assertEquals(List.of("web", "a"), Sources.of(reopened).names());
  }

  @Test
  void withoutThemTheCorpusIsTheOnlyOne() {
    Settings settings = read("", "corpus.paths=a");
    assertEquals(
        new Sources(List.of(new Sources.Source("corpus", settings))), Sources.of(settings));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{web: {text-feld: a}} | Unknown setting corpus.sources.web.text-feld. The nearest known one"
            + " is text-field.",
        "{web: {sources: {}}} | Unknown setting corpus.sources.web.sources. The nearest known one is"
            + " format.",
        "{we b: {}} | corpus.sources must be named by at most 64 letters, digits, dots, dashes and"
            + " underscores (got: we b)",
        "{web: {weight: -1}} | corpus.sources.web: corpus.weight must be from 0 to 1000 (got: -1)",
        "{web: {max-rejected: 1}} | corpus.sources.web must not change max-rejected, which is of all"
            + " sources together. Set corpus.max-rejected.",
        "{web: {time-field: t, text-field: '', value-fields: v}} | corpus.sources.web:"
            + " corpus.time-field must be empty: steps are of one source (got: t)",
        "{web: {format: jsonl, csv-header: false}} | corpus.sources.web: corpus.csv-header is read"
            + " where corpus.format is auto or csv (is: jsonl). Remove it, or change"
            + " corpus.format.",
        "{a: {}, b: {label-field: c}} | Cannot use corpus.sources: a and b differ in"
            + " corpus.label-field, corpus.label-type: class, expected the same columns of all"
            + " sources. Name a field for each of them in every source, or in none.",
        "{a: {label-field: y, label-type: number}, b: {label-field: c}} | Cannot use corpus.sources:"
            + " a and b differ in corpus.label-type: number, expected",
      })
  void sourcesThatCannotBeAreNamed(String sources, String message) {
    SettingsException refused =
        assertThrows(
            SettingsException.class, () -> read("corpus: {sources: " + sources + "}"), sources);
    assertEquals(
        message,
        refused
            .getMessage()
            .substring(0, Math.min(message.length(), refused.getMessage().length())));
  }

  @Test
  void thereIsAMost() {
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < 65; i++) {
      many.append("s").append(i).append(": {},");
    }
    assertThrows(SettingsException.class, () -> read("corpus: {sources: {" + many + "}}"));
  }
}
