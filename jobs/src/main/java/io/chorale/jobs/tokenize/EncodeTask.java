package io.chorale.jobs.tokenize;

import io.chorale.config.CorpusSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.corpus.CorpusCounts;
import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.CorpusFile;
import io.chorale.corpus.CorpusPlan;
import io.chorale.corpus.Document;
import io.chorale.corpus.Rejection;
import io.chorale.data.Column;
import io.chorale.data.DocumentHash;
import io.chorale.data.Row;
import io.chorale.data.RowBlockWriter;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.PartStage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.Tally;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * Reads a part of the corpus once: judges and counts what it holds, publishes its documents as
 * blocks of rows, and what is no document as pages of rejections. Holds one of each in memory.
 *
 * @param stage whose files these are
 * @param hashed whether documents are dealt by their hash
 */
record EncodeTask(
    Storage storage,
    SentSettings settings,
    Screen screen,
    ColumnFacts facts,
    ColumnEncoders encoders,
    PartStage<EncodedPart> stage,
    boolean hashed,
    Tally tally)
    implements PartStage.Task<CorpusPlan.Part, EncodedPart> {
  private static final long BLOCK_BYTES = 16L << 20;
  private static final int PAGE_BYTES = 1 << 22;
  private static final DocumentHash NO_HASH = new DocumentHash(0, 0);

  @Override
  public EncodedPart run(int number, CorpusPlan.Part part) {
    Encoding encoding = new Encoding(number, settings.sources().get(part.source()).corpus());
    ScreenedEntries entries = screen.entries(part, part.splits(), tally);
    while (entries.hasNext()) {
      CorpusEntry entry = entries.next();
      CorpusFile file = part.file(entry.file());
      CorpusEntry judged = entry instanceof Document read ? facts.checked(read) : entry;
      Row row = null;
      if (judged instanceof Document document) {
        try {
          row = encoders.encode(document);
        } catch (ConversationEncoder.UnfitException e) {
          judged = e.rejection(document);
        }
      }
      encoding.count(judged);
      if (judged instanceof Document document) {
        encoding.add(document, row, file.split(), hashed ? entries.hash() : NO_HASH);
      } else {
        encoding.add((Rejection) judged, file);
      }
    }
    return encoding.end(entries);
  }

  /** A part under way. */
  private final class Encoding {
    private final int number;
    private final CorpusSettings corpus;
    private final List<Column> columns = encoders.schema().columns();
    private final CorpusCounts counts = new CorpusCounts();
    private final long[] sizes = new long[DatasetSplit.values().length];
    private final List<EncodedPart.Block> blocks = new ArrayList<>();
    private final ByteArrayOutputStream page = new ByteArrayOutputStream();
    private final TreeMap<Integer, EncodedPart.OfFile> files = new TreeMap<>();
    private RowBlockWriter rows = new RowBlockWriter(columns, EncodedDocument.MARKS);
    private long rejected;
    private int pages;

    Encoding(int number, CorpusSettings corpus) {
      this.number = number;
      this.corpus = corpus;
    }

    void count(CorpusEntry entry) {
      counts.add(entry);
      boolean kept = entry instanceof Document;
      if (kept || !((Rejection) entry).reason().ofFile()) {
        files.merge(
            entry.file(),
            new EncodedPart.OfFile(kept ? 1 : 0, kept ? 0 : 1),
            EncodedPart.OfFile::plus);
      }
    }

    void add(Document document, Row row, DatasetSplit split, DocumentHash hash) {
      long size = ColumnEncoders.size(row);
      rows.add(row, EncodedDocument.marks(document, hash, size));
      sizes[split.ordinal()] += size;
      tally.add(document);
      if (rows.bytes() >= BLOCK_BYTES) {
        endBlock();
      }
    }

    void add(Rejection rejection, CorpusFile file) {
      if (RejectedJob.kept(rejection, file, corpus)) {
        page.writeBytes(RejectedLine.of(rejection, file).toBytes());
        rejected++;
        if (page.size() >= PAGE_BYTES) {
          endPage();
        }
      }
    }

    EncodedPart end(ScreenedEntries entries) {
      if (rows.rows() > 0) {
        endBlock();
      }
      if (page.size() > 0) {
        endPage();
      }
      List<Long> bySplit = Arrays.stream(sizes).boxed().toList();
      return new EncodedPart(
          entries.read(),
          counts,
          bySplit,
          blocks,
          rejected,
          pages,
          new TreeMap<>(entries.rejections()),
          new TreeMap<>(entries.masked()),
          files);
    }

    private void endBlock() {
      String name = EncodedPart.block(blocks.size());
      String crc32c = rows.publish(storage, stage.file(number, name));
      blocks.add(new EncodedPart.Block(rows.rows(), crc32c));
      rows = new RowBlockWriter(columns, EncodedDocument.MARKS);
    }

    private void endPage() {
      storage.publish(stage.file(number, EncodedPart.page(pages)), page.toByteArray());
      pages++;
      page.reset();
    }
  }
}
