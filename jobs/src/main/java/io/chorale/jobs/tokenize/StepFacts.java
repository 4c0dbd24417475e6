package io.chorale.jobs.tokenize;

import io.chorale.corpus.Account;
import io.chorale.corpus.CorpusCounts;
import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.CorpusPlan;
import io.chorale.corpus.Document;
import io.chorale.corpus.Field;
import io.chorale.corpus.Field.Moment.Form;
import io.chorale.corpus.Rejection;
import io.chorale.jobs.spark.Tally;
import java.io.Serializable;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaRDD;

/**
 * The number of channels and the form of times that most steps of the corpus have, by which all are
 * then judged.
 *
 * @param form how times are written
 * @param channels numbers of a step
 * @param read the records that there are, whatever becomes of them
 * @param lost files that are damaged
 */
record StepFacts(Form form, int channels, Account.Amount read, TreeSet<Integer> lost)
    implements Serializable {
  /**
   * Learns them from all steps, or takes those of a dataset that is added to.
   *
   * @param maxRejected the share of the corpus that may be rejected, from 0 to 1
   * @param there the last steps of what is there already
   * @throws io.chorale.config.ChoraleException where a file is refused, or the corpus is no better
   *     than that already before steps are compared
   */
  static StepFacts of(
      JavaRDD<CorpusEntry> entries,
      CorpusPlan plan,
      double maxRejected,
      Optional<SeriesTail> there,
      Tally tally) {
    Seen seen =
        entries.treeAggregate(
            new Seen(), (sum, entry) -> sum.add(entry, tally), (a, b) -> a.merge(b));
    plan.check(seen.counts, maxRejected);
    return new StepFacts(
        there.map(SeriesTail::form).orElseGet(() -> Form.values()[mostFrequent(seen.forms)]),
        there.map(SeriesTail::channels).orElseGet(() -> Math.max(1, mostFrequent(seen.channels))),
        new Account.Amount(seen.documents, seen.bytes),
        new TreeSet<>(seen.counts.damagedFiles()));
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

  /** Sets steps aside that are not as most are, or lost with their file. */
  CorpusEntry check(CorpusEntry entry) {
    if (!(entry instanceof Document step)) {
      return entry;
    }
    if (lost.contains(step.file())) {
      return Rejection.of(step, Rejection.Reason.LOST, "");
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

    private final CorpusCounts counts = new CorpusCounts();
    private long documents;
    private long bytes;
    private final TreeMap<Integer, Long> forms = new TreeMap<>();
    private final TreeMap<Integer, Long> channels = new TreeMap<>();

    Seen add(CorpusEntry entry, Tally tally) {
      counts.add(entry);
      if (!(entry instanceof Rejection rejection) || !rejection.reason().ofFile()) {
        documents++;
        bytes += entry.bytes();
      }
      if (entry instanceof Document step) {
        forms.merge(((Field.Moment) step.field(Document.TIME)).form().ordinal(), 1L, Long::sum);
        channels.merge(((Field.Numbers) step.field(Document.SERIES)).size(), 1L, Long::sum);
        tally.add(step);
      }
      return this;
    }

    Seen merge(Seen other) {
      counts.merge(other.counts);
      documents += other.documents;
      bytes += other.bytes;
      other.forms.forEach((form, count) -> forms.merge(form, count, Long::sum));
      other.channels.forEach((size, count) -> channels.merge(size, count, Long::sum));
      return this;
    }
  }
}
