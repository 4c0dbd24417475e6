package io.chorale.jobs.tokenize;

import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.corpus.Account;
import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.Document;
import io.chorale.corpus.Field;
import io.chorale.corpus.Rejection;
import io.chorale.data.DocumentHash;
import io.chorale.privacy.Privacy;
import io.chorale.quality.Counts;
import io.chorale.quality.LineFilter;
import io.chorale.quality.Rule;
import io.chorale.quality.Rules;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Goes through the entries of a part. Documents that a rule rejects, or that do not stay beside
 * others, come as rejections; of texts that stay, lines are cut out, and personal data is masked.
 * Everything else comes as it was read.
 */
final class ScreenedEntries implements Iterator<CorpusEntry> {
  private final SplitEntries entries;
  private final ByOrdinal<Integer> known;
  private final Optional<Iterator<Attributes>> attributes;
  private final Screen.Copies copies;
  private final ByOrdinal<ContaminatedPart.One> contaminated;
  private final double mostShare;
  private final Rules rules;
  private final Masks masks;
  private final Map<String, Long> rejections = new TreeMap<>();
  private Document read;
  private int documents;

  /**
   * @param entries as they are read
   * @param known those of their documents that the dataset has which is added to
   * @param attributes of their documents, one after the other; none: they are not judged
   * @param copies among these documents
   * @param contaminated those of them that have n-grams of held-out texts
   */
  ScreenedEntries(
      SplitEntries entries,
      Settings settings,
      ByOrdinal<Integer> known,
      Optional<Iterator<Attributes>> attributes,
      Screen.Copies copies,
      ByOrdinal<ContaminatedPart.One> contaminated) {
    this.entries = entries;
    this.known = known;
    this.attributes = attributes;
    this.copies = copies;
    this.contaminated = contaminated;
    this.mostShare = settings.contamination().mostShare();
    this.rules = Rules.of(settings.quality());
    this.masks = new Masks(Privacy.of(settings.privacy().mask()));
  }

  @Override
  public boolean hasNext() {
    return entries.hasNext();
  }

  @Override
  public CorpusEntry next() {
    CorpusEntry entry = entries.next();
    if (!(entry instanceof Document document)) {
      return entry;
    }
    read = document;
    int ordinal = documents++;
    Optional<Attributes> measured = attributes.map(all -> attributes(document, all));
    if (known.of(ordinal).isPresent()) {
      return Rejection.of(document, Rejection.Reason.KNOWN, "");
    }
    if (measured.isPresent()) {
      Counts counts = measured.get().counts();
      Optional<Rule> rule = rules.judge(counts);
      if (rule.isPresent()) {
        rejections.merge(rule.get().toString(), 1L, Long::sum);
        return Rejection.of(document, rule.get().reason(), rule.get().told(counts));
      }
    }
    Optional<Copy> copy = copies.of(ordinal);
    if (copy.isPresent()) {
      return Rejection.of(document, reason(copy.get()), copies.kept(copy.get()));
    }
    Optional<ContaminatedPart.One> found =
        contaminated.of(ordinal).filter(one -> one.share() > mostShare);
    return found.isPresent() ? contaminated(document, found.get()) : cut(document);
  }

  private Rejection contaminated(Document document, ContaminatedPart.One found) {
    String rule = "words found in held-out texts > %s".formatted(mostShare);
    rejections.merge(rule, 1L, Long::sum);
    String cause = "%s (%d of %d)".formatted(rule, found.found(), found.words());
    return Rejection.of(document, Rejection.Reason.CONTAMINATED, cause);
  }

  private static Rejection.Reason reason(Copy copy) {
    return copy.near() ? Rejection.Reason.NEAR_DUPLICATE : Rejection.Reason.DUPLICATE;
  }

  private static Attributes attributes(Document document, Iterator<Attributes> all) {
    Attributes next = all.hasNext() ? all.next() : null;
    if (next == null || !next.isOf(document)) {
      throw new ChoraleException(
          "Cannot judge the document at %d of file %d of the corpus: it was measured at another place, expected the corpus to stay. Delete data.work, then run again."
              .formatted(document.offset(), document.file()));
    }
    return next;
  }

  private CorpusEntry cut(Document document) {
    LineFilter lines = rules.lines();
    if (lines == LineFilter.NONE
        || !(document.fields().get(Document.TEXT) instanceof Field.Text text)) {
      return masks.mask(document);
    }
    String left = lines.filter(text.value()).text();
    if (left.isBlank()) {
      String cause = "lines left by %s < 1 (0)".formatted(lines.key());
      rejections.merge("lines left by %s < 1".formatted(lines.key()), 1L, Long::sum);
      return Rejection.of(document, Rejection.Reason.QUALITY, cause);
    }
    return masks.mask(document.with(Document.TEXT, new Field.Text(left)));
  }

  /**
   * The hash of the document that came last, as it was read: what is cut out of a text moves it to
   * no other split.
   */
  DocumentHash hash() {
    return ColumnEncoders.hash(read);
  }

  /** The place of that document among those of the part, from 0. */
  int ordinal() {
    return documents - 1;
  }

  /** The records that were read so far. */
  Account.Amount read() {
    return entries.read();
  }

  /** How often something of each kind was masked so far. */
  Map<String, Long> masked() {
    return masks.counts();
  }

  /** How many documents each rule has rejected so far. */
  Map<String, Long> rejections() {
    return rejections;
  }
}
