package io.chorale.quality;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The reference is plain Python with sets and strings ({@code scripts/peers/quality.py}). */
class GoldenCountsTest {
  private static final JsonNode GOLDEN = golden();
  private static final List<String> PRESETS = List.of("gopher", "c4", "fineweb");

  private final Meter meter = new Meter(Meter.STOP_WORDS, Optional.empty(), Optional.empty());

  private static JsonNode golden() {
    try (InputStream in = GoldenCountsTest.class.getResourceAsStream("quality-golden.json")) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One check of every text, by its place among them. */
  private static void eachText(BiConsumer<JsonNode, String> check) {
    List<Executable> checks = new ArrayList<>();
    for (JsonNode entry : GOLDEN.get("entries")) {
      String told = "text %d %s".formatted(checks.size(), entry.get("text"));
      checks.add(() -> check.accept(entry, told));
    }
    assertTrue(checks.size() > 200);
    assertAll(checks);
  }

  @Test
  void everyCountIsThatOfTheReference() {
    eachText(
        (entry, told) -> {
          Counts counts = meter.measure(entry.get("text").asText());
          for (int i = 0; i < GOLDEN.get("columns").size(); i++) {
            String column = GOLDEN.get("columns").get(i).asText();
            Count count = Count.valueOf(column.toUpperCase(Locale.ROOT));
            assertEquals(
                entry.get("counts").get(i).asLong(), counts.get(count), column + " of " + told);
          }
        });
  }

  @Test
  void theReferenceCountsAllButLanguageAndPattern() {
    Set<String> columns = new TreeSet<>();
    Stream.of(Count.values()).map(Count::column).forEach(columns::add);
    GOLDEN.get("columns").forEach(column -> assertTrue(columns.remove(column.asText())));
    assertEquals(Set.of("language_score", "pattern_matches"), columns);
  }

  @Test
  void linesAreCutAsTheReferenceCutsThem() {
    eachText(
        (entry, told) -> {
          String text = entry.get("text").asText();
          assertEquals(entry.get("c4").asText(text), LineFilter.C4.filter(text).text(), told);
          assertEquals(
              entry.get("fineweb").asText(text), LineFilter.FINEWEB.filter(text).text(), told);
          assertEquals(text, LineFilter.NONE.filter(text).text(), told);
        });
  }

  @Test
  void presetsJudgeAsTheReferenceJudges() {
    Set<String> rejecting = new TreeSet<>();
    for (int i = 0; i < PRESETS.size(); i++) {
      Rules rules = Rules.of(List.of(PRESETS.get(i)), List.of(), List.of(), List.of());
      int column = i;
      eachText(
          (entry, told) -> {
            Counts counts = meter.measure(entry.get("text").asText());
            String rule = rules.judge(counts).map(Rule::toString).orElse("");
            String expected = entry.get("verdicts").get(column).asText();
            assertEquals(expected, rule.replaceFirst(" .*", ""), told);
            rejecting.add(expected);
          });
    }
    // Texts that no rule, or always the same rule rejects would show little.
    assertTrue(rejecting.contains("") && rejecting.size() > 20, rejecting.toString());
  }

  /** One meter counts text after text: nothing of a long one stays for a short one. */
  @Test
  void aTextCountsTheSameInAnyOrder() {
    List<JsonNode> entries = new ArrayList<>();
    GOLDEN.get("entries").forEach(entries::add);
    List<Counts> forth = entries.stream().map(e -> meter.measure(e.get("text").asText())).toList();
    for (int i = entries.size() - 1; i >= 0; i--) {
      assertEquals(forth.get(i), meter.measure(entries.get(i).get("text").asText()));
    }
  }
}
