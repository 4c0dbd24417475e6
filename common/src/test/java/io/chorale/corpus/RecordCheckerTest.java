package io.chorale.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.config.CorpusSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsFile;
import java.nio.charset.StandardCharsets;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Records that another reader has read are documents as those that are read here. */
class RecordCheckerTest {
  private static final Instant NOON = Instant.parse("2024-02-29T12:00:00.5Z");

  private static CorpusSettings settings(String... set) {
    Settings settings = SettingsFile.with(SettingsFile.defaults(), Arrays.asList(set));
    return settings.corpus();
  }

  private static Field time(Object value) {
    RecordChecker checker =
        new RecordChecker(
            settings("corpus.text-field=", "corpus.time-field=t", "corpus.value-fields=[x]"),
            Set.of(Document.SERIES),
            false,
            1);
    CorpusEntry entry = checker.check(Map.of("t", value, "x", List.of(1, 2)));
    return ((Document) entry).field(Document.TIME);
  }

  @Test
  void timesHaveAZoneWhereTheyAreInstants() {
    Field zoned = new Field.Moment(NOON.toEpochMilli(), Field.Moment.Form.ZONED);
    assertEquals(zoned, time(NOON));
    assertEquals(zoned, time(Timestamp.from(NOON)));
    assertEquals(
        new Field.Moment(NOON.toEpochMilli(), Field.Moment.Form.LOCAL),
        time(LocalDateTime.parse("2024-02-29T12:00:00.5")));
    LocalDate day = LocalDate.parse("2024-02-29");
    Field local =
        new Field.Moment(
            Instant.parse("2024-02-29T00:00:00Z").toEpochMilli(), Field.Moment.Form.LOCAL);
    assertEquals(local, time(day));
    assertEquals(local, time(Date.valueOf(day)));
  }

  private static String steps(String fields, int channels, Map<String, ?> values) {
    RecordChecker checker =
        new RecordChecker(
            settings(
                "corpus.text-field=",
                "corpus.time-field=t",
                "corpus.value-fields=" + fields,
                "corpus.group-field=g"),
            Set.of(Document.SERIES, Document.GROUP),
            false,
            channels);
    Map<String, Object> record = new HashMap<>(values);
    record.put("t", NOON);
    if (!(checker.check(record) instanceof Document found)) {
      return RecordChecker.reason((Rejection) checker.check(record));
    }
    Field.Numbers series = (Field.Numbers) found.field(Document.SERIES);
    Field group = found.fields().get(Document.GROUP);
    return series + " by " + series.size() + (group == null ? "" : " of " + group);
  }

  @Test
  void aRecordHoldsOneStepOfASeriesOrManyOfNoMatterWhich() {
    assertEquals(
        "1.0 2.0 by 2 of s", steps("[x, y]", 2, Map.of("x", 1, "y", List.of(2), "g", "s")));
    assertEquals("no-group", steps("[x, y]", 2, Map.of("x", 1, "y", 2)));
    assertEquals(
        "1.0 3.0 2.0 4.0 by 2", steps("[x, y]", 2, Map.of("x", List.of(1, 2), "y", List.of(3, 4))));
    // As many fields as channels hold one list each; other fields hold many channels of one step.
    assertEquals("1.0 2.0 3.0 by 1", steps("[x]", 1, Map.of("x", List.of(1, 2, 3))));
    assertEquals("1.0 2.0 3.0 by 3 of s", steps("[x]", 3, Map.of("x", List.of(1, 2, 3), "g", "s")));
    assertEquals(
        "1.0 2.0 3.0 4.0 by 4 of s",
        steps("[x, y]", 4, Map.of("x", List.of(1, 2), "y", "3 4", "g", "s")));
    assertEquals(
        "1.0 2.0 3.0 4.0 by 2",
        steps("[x]", 2, Map.of("x", List.of(List.of(1, 2), List.of(3, 4)))));
    assertEquals(
        "bad-series (1 steps of y, 2 of x)",
        steps("[x, y]", 2, Map.of("x", List.of(1, 2), "y", 3)));
  }

  @Test
  void aReasonIsOneLineOfWholeCharacters() {
    RecordChecker checker = new RecordChecker(settings(), Set.of(Document.TEXT), false, 0);
    assertEquals(
        "no-text (2024-02-29T12:00:00.500Z, expected text)", reason(checker, NOON), "no text");
    String line = "{\n\"a\": " + "\ud834\udd1e".repeat(80);
    byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
    String reason = RecordChecker.reason((Rejection) checker.checkJson(bytes, 0, bytes.length));
    assertEquals(List.of(reason), reason.lines().toList());
    assertEquals(
        -1, reason.codePoints().filter(c -> c >= 0xd800 && c < 0xe000).findAny().orElse(-1));
  }

  private static String reason(RecordChecker checker, Object text) {
    return RecordChecker.reason((Rejection) checker.check(Map.of("text", text)));
  }
}
