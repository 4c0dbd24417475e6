package io.chorale.jobs.tokenize;

import io.chorale.duplicate.GramSet;
import io.chorale.duplicate.Overlap;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import java.io.Serializable;
import java.util.TreeMap;

/**
 * Computes, on an executor, how many words of documents lie in n-grams that held-out texts and
 * training documents share: from the tables of both, without their text.
 *
 * @param n words of an n-gram
 */
record Overlaps(
    Storage storage, PartStage<HeldOutPart> heldOut, PartStage<MatchedPart> matched, int n)
    implements Serializable {

  /** The rows of n-grams of held-out texts of a part. */
  TableFiles.Rows heldOut(int part) {
    return TableFiles.read(
        storage,
        table -> heldOut.file(part, HeldOutPart.table(table)),
        heldOut.facts(part).tables());
  }

  /** The rows of n-grams that training documents of a part share with held-out texts. */
  TableFiles.Rows matched(int part) {
    return TableFiles.read(
        storage,
        table -> matched.file(part, MatchedPart.grams(table)),
        matched.facts(part).grams());
  }

  /**
   * The training documents of a part, which are published.
   *
   * @param found the n-grams that count
   */
  ContaminatedPart training(int part, PartStage<ContaminatedPart> stage, GramSet found) {
    TableFiles.Rows documents =
        TableFiles.read(
            storage,
            table -> matched.file(part, MatchedPart.documents(table)),
            matched.facts(part).documents());
    TableFiles.Rows grams = matched(part);
    TableFiles written =
        new TableFiles(
            storage,
            table -> stage.file(part, ContaminatedPart.table(table)),
            ContaminatedPart.COLUMNS);
    long count = 0;
    long words = 0;
    boolean more = grams.next();
    while (documents.next()) {
      long ordinal = documents.get(MatchedPart.ORDINAL);
      Overlap overlap = new Overlap(n);
      for (; more && grams.get(MatchedPart.ORDINAL) == ordinal; more = grams.next()) {
        if (found.contains(grams.get(MatchedPart.GRAM))) {
          overlap.add(grams.get(MatchedPart.TURN), grams.get(MatchedPart.PLACE));
        }
      }
      if (overlap.words() > 0) {
        written.add(ordinal, documents.get(MatchedPart.WORDS), overlap.words());
        count++;
        words += overlap.words();
      }
    }
    return new ContaminatedPart(count, words, written.end());
  }

  /**
   * The held-out texts of a part.
   *
   * @param found the n-grams that count
   */
  FoundPart heldOut(int part, GramSet found) {
    TreeMap<Integer, FoundPart.Found> sets = new TreeMap<>();
    TableFiles.Rows grams = heldOut(part);
    boolean more = grams.next();
    while (more) {
      long document = grams.get(HeldOutPart.DOCUMENT);
      int set = (int) grams.get(HeldOutPart.SET);
      Overlap overlap = new Overlap(n);
      long turn = 0;
      for (long place = 0;
          more && grams.get(HeldOutPart.DOCUMENT) == document;
          more = grams.next(), place++) {
        long gram = grams.get(HeldOutPart.GRAM);
        if (found.looksFor(gram)) {
          if (found.contains(gram)) {
            overlap.add(turn, place);
          }
          turn++;
        }
      }
      if (overlap.words() > 0) {
        sets.merge(set, new FoundPart.Found(1, overlap.words()), FoundPart.Found::and);
      }
    }
    return new FoundPart(sets);
  }
}
