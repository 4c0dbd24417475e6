package io.chorale.jobs.tokenize;

import io.chorale.config.Settings;
import io.chorale.corpus.CorpusPlan;
import io.chorale.corpus.CorpusSplit;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.Tally;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * Reads parts of the corpus without the documents that the settings reject, on an executor.
 *
 * @param known the documents that the dataset has which is added to
 * @param measured the attributes of all documents, where the settings judge by them
 * @param copied the documents that do not stay beside others, where the settings remove such
 * @param contaminated those that have n-grams of held-out texts
 * @param found whether these are known
 */
record Screen(
    Storage storage,
    SentSettings settings,
    KnownPart.Known known,
    PartStage<MeasuredPart> measured,
    PartStage<CopiedPart> copied,
    PartStage<ContaminatedPart> contaminated,
    boolean found)
    implements Serializable {

  /**
   * What a part holds, judged.
   *
   * @param splits of it, from its first one on
   */
  ScreenedEntries entries(CorpusPlan.Part part, List<CorpusSplit> splits, Tally tally) {
    int number = part.number();
    Settings all = settings.sources().get(part.source()).settings();
    SplitEntries entries = new SplitEntries(storage, splits, all.corpus(), tally);
    return new ScreenedEntries(
        entries,
        all,
        known.of(number),
        all.judgesDocuments() ? Optional.of(documents().attributes(number)) : Optional.empty(),
        all.duplicates().removes() ? copies(number) : Copies.none(),
        found ? ContaminatedPart.read(storage, contaminated, number) : ByOrdinal.none());
  }

  /** The same, without documents that have too much of held-out texts. */
  Screen withoutContaminated() {
    return new Screen(storage, settings, known, measured, copied, contaminated, true);
  }

  /** What was measured of all documents, where the settings judge by it. */
  MeasuredDocuments documents() {
    return new MeasuredDocuments(storage, measured);
  }

  private Copies copies(int number) {
    return new Copies(
        new ByOrdinal<>(CopiedPart.read(storage, copied, number), Copy::ordinal),
        copied.facts(number));
  }

  /**
   * The copies of a part.
   *
   * @param part which names the documents that stay for them
   */
  record Copies(ByOrdinal<Copy> copies, CopiedPart part) {
    static Copies none() {
      return new Copies(ByOrdinal.none(), new CopiedPart(List.of(), List.of()));
    }

    /** The copy that a document is, by its place among the documents of the part. */
    Optional<Copy> of(int ordinal) {
      return copies.of(ordinal);
    }

    /** Where the document lies that stays for it. */
    String kept(Copy copy) {
      return part.kept(copy);
    }
  }
}
