package io.chorale.jobs.tokenize;

import io.chorale.config.Settings;
import io.chorale.corpus.CorpusPlan;
import io.chorale.corpus.CorpusSplit;
import io.chorale.io.NumberTable;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.Tally;
import java.io.Serializable;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Reads parts of the corpus without the documents that the settings reject, on an executor.
 *
 * @param measured the attributes of all documents, where the settings judge by them
 * @param copied the documents that do not stay beside others, where the settings remove such
 */
record Screen(
    Storage storage,
    SentSettings settings,
    PartStage<MeasuredPart> measured,
    PartStage<CopiedPart> copied)
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
    if (!all.judgesDocuments()) {
      return new ScreenedEntries(entries, all, Optional.empty(), Copies.none());
    }
    return new ScreenedEntries(
        entries,
        all,
        Optional.of(new MeasuredDocuments(storage, measured).attributes(number)),
        all.duplicates().removes() ? copies(number) : Copies.none());
  }

  private Copies copies(int number) {
    CopiedPart part = copied.facts(number);
    Iterator<Copy> copies =
        IntStream.range(0, part.tables().size())
            .mapToObj(
                place ->
                    NumberTable.read(
                        storage,
                        copied.file(number, CopiedPart.table(place)),
                        part.tables().get(place)))
            .flatMap(table -> IntStream.range(0, table.rows()).mapToObj(row -> Copy.of(table, row)))
            .iterator();
    return new Copies(copies, part.files());
  }

  /** The copies of a part, asked for in the order of its documents. */
  static final class Copies {
    private final Iterator<Copy> copies;
    private final List<String> files;
    private Optional<Copy> next = Optional.empty();

    Copies(Iterator<Copy> copies, List<String> files) {
      this.copies = copies;
      this.files = files;
      step();
    }

    static Copies none() {
      return new Copies(Collections.emptyIterator(), List.of());
    }

    private void step() {
      next = copies.hasNext() ? Optional.of(copies.next()) : Optional.empty();
    }

    /** The copy that a document is, by its place among the documents of the part. */
    Optional<Copy> of(int ordinal) {
      Optional<Copy> here = next.filter(copy -> copy.ordinal() == ordinal);
      here.ifPresent(copy -> step());
      return here;
    }

    /** Where the document lies that stays for it: {@code kept: file:/a.txt at 123}. */
    String kept(Copy copy) {
      return "kept: %s at %d".formatted(files.get(copy.file()), copy.offset());
    }
  }
}
