package io.chorale.jobs.tokenize;

import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.Document;
import io.chorale.corpus.Field;
import io.chorale.corpus.Field.Moment.Form;
import io.chorale.corpus.Rejection;
import io.chorale.jobs.spark.Tally;
import java.io.Serializable;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;

/**
 * What most steps of the corpus have, by which all are then judged.
 *
 * @param form how times are written
 * @param channels numbers of a step
 */
record StepFacts(Form form, int channels) implements Serializable {
  /** Learns them from all steps. */
  static StepFacts of(JavaRDD<CorpusEntry> entries, Tally tally) {
    Seen seen =
        entries.treeAggregate(
            new Seen(), (sum, entry) -> sum.add(entry, tally), (a, b) -> a.merge(b));
    return new StepFacts(
        Form.values()[mostFrequent(seen.forms)], Math.max(1, mostFrequent(seen.channels)));
  }

  /** Of those that are equally frequent, the first; 0 where there are none. */
  private static int mostFrequent(TreeMap<Integer, Long> counts) {
    int found = 0;
    long most = 0;
    for (Map.Entry<Integer, Long> entry : counts.entrySet()) {
      if (entry.getValue() > most) {
        found = entry.getKey();
        most = entry.getValue();
      }
    }
    return found;
  }

  /** Sets steps aside that are not as most are. */
  CorpusEntry check(CorpusEntry entry) {
    if (!(entry instanceof Document step)) {
      return entry;
    }
    Form found = ((Field.Moment) step.field(Document.TIME)).form();
    if (found != form) {
      return Rejection.of(
          step,
          Rejection.Reason.BAD_TIME,
          "a time %s, most are %s".formatted(inWords(found), inWords(form)));
    }
    int numbers = ((Field.Numbers) step.field(Document.SERIES)).size();
    return numbers == channels
        ? step
        : Rejection.of(
            step,
            Rejection.Reason.BAD_SERIES,
            "%d channels, most have %d".formatted(numbers, channels));
  }

  private static String inWords(Form form) {
    return switch (form) {
      case ZONED -> "with a zone";
      case LOCAL -> "without a zone";
      case COUNTED -> "as a number";
    };
  }

  /** For people. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%d channels, times %s", channels, inWords(form));
  }

  /** What steps have. Parts merge in any order. */
  private static final class Seen implements Serializable {
    private static final long serialVersionUID = 1L;

    private final TreeMap<Integer, Long> forms = new TreeMap<>();
    private final TreeMap<Integer, Long> channels = new TreeMap<>();

    Seen add(CorpusEntry entry, Tally tally) {
      if (entry instanceof Document step) {
        forms.merge(((Field.Moment) step.field(Document.TIME)).form().ordinal(), 1L, Long::sum);
        channels.merge(((Field.Numbers) step.field(Document.SERIES)).size(), 1L, Long::sum);
        tally.add(step);
      }
      return this;
    }

    Seen merge(Seen other) {
      other.forms.forEach((form, count) -> forms.merge(form, count, Long::sum));
      other.channels.forEach((size, count) -> channels.merge(size, count, Long::sum));
      return this;
    }
  }
}
