package io.chorale.jobs.tokenize;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.chorale.config.DatasetSplit;
import io.chorale.config.DuplicatesSettings;
import io.chorale.config.Settings;
import io.chorale.config.Sources;
import io.chorale.corpus.CorpusPlan;
import io.chorale.data.SourceFacts;
import io.chorale.duplicate.Bands;
import io.chorale.io.Storage;
import io.chorale.jobs.duplicate.Duplicates;
import io.chorale.jobs.duplicate.Steps;
import io.chorale.jobs.spark.Broadcasts;
import io.chorale.jobs.spark.PartStage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.quality.Rules;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.Spliterators;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.Tuple2;

/**
 * Finds the copies among the documents that the rules leave, by what was measured of them, and
 * writes for each part of the corpus which of its documents do not stay.
 *
 * <p>A document is named by its part and its place there, so names are ordered as the corpus is.
 */
record DuplicateJob(
    JavaSparkContext context, SparkSession spark, Storage storage, Consumer<String> say) {
  private static final String FILE = "file";
  private static final String OFFSET = "offset";

  private static final StructType PLACES =
      new StructType()
          .add(Duplicates.KEPT, DataTypes.LongType, false)
          .add(FILE, DataTypes.LongType, false)
          .add(OFFSET, DataTypes.LongType, false);

  /** Longer than any text in bytes. */
  private static final long LONGEST = 1L << 32;

  /** Above the ranks of all documents of held-out files. */
  private static final long TRAINING = 1L << 62;

  /**
   * Which documents there are, on an executor.
   *
   * @param lost files that are damaged: nothing of them stays, so nothing is a copy of it
   * @param scopes of parts, see {@link Duplicates#SCOPE}
   */
  private record Left(
      SentSettings settings,
      KnownPart.Known known,
      MeasuredDocuments measured,
      FileSplits splits,
      TreeSet<Integer> lost,
      List<Long> scopes)
      implements Serializable {

    private Stream<MeasuredDocuments.One> of(int part) {
      Settings all = settings.get();
      Rules rules = Rules.of(all.quality());
      int hashes = all.duplicates().bands() * all.duplicates().rows();
      ByOrdinal<Integer> there = known.of(part);
      return StreamSupport.stream(
              Spliterators.spliteratorUnknownSize(measured.documents(part, hashes), 0), false)
          // Asked of each, in their order.
          .filter(one -> there.of(one.ordinal()).isEmpty())
          .filter(one -> !lost.contains(one.attributes().file()))
          .filter(one -> rules.judge(one.attributes().counts()).isEmpty());
    }

    Iterator<Row> documents(int part) {
      DuplicatesSettings.Keep keep = settings.get().duplicates().keep();
      return of(part)
          .map(
              one -> {
                Attributes measured = one.attributes();
                long id = id(part, one);
                long rank =
                    keep == DuplicatesSettings.Keep.LONGEST ? LONGEST - measured.bytes() : id;
                boolean training = splits.of(measured.file()) == DatasetSplit.TRAIN;
                return RowFactory.create(
                    id,
                    scopes.get(part),
                    training ? TRAINING + rank : rank,
                    measured.hash().high(),
                    measured.hash().low(),
                    one.signature());
              })
          .iterator();
    }

    Iterator<Row> places(int part) {
      return of(part)
          .map(
              one ->
                  RowFactory.create(
                      id(part, one), (long) one.attributes().file(), one.attributes().offset()))
          .iterator();
    }

    private static long id(int part, MeasuredDocuments.One one) {
      return (long) part << Integer.SIZE | one.ordinal();
    }
  }

  /**
   * Finds and writes copies.
   *
   * @param lost files that are damaged, by their places in the order of the corpus
   * @param known documents that the dataset has which is added to
   * @param against datasets whose documents stay
   * @param stage whose parts these are
   * @param steps a directory for what is found on the way
   */
  void run(
      CorpusPlan plan,
      SentSettings sent,
      Set<Integer> lost,
      KnownPart.Known known,
      Against against,
      PartStage<MeasuredPart> measured,
      PartStage<CopiedPart> stage,
      Path steps) {
    int parts = plan.parts().size();
    DuplicatesSettings settings = sent.get().duplicates();
    List<SourceFacts> sources = new ArrayList<>();
    for (Sources.Source source : sent.sources().all()) {
      sources.add(new SourceFacts(source.name(), source.corpus().tags(), 1, ""));
    }
    int own = sources.size();
    sources.addAll(against.sources());
    List<Integer> scopes = CopyScopes.of(settings.scope(), sources);
    Left left =
        new Left(
            sent,
            known,
            new MeasuredDocuments(storage, measured),
            FileSplits.of(plan.files()),
            new TreeSet<>(lost),
            plan.parts().stream().map(part -> (long) scopes.get(part.source())).toList());
    JavaRDD<Integer> numbers =
        context.parallelize(IntStream.range(0, parts).boxed().toList(), parts);
    Dataset<Row> documents =
        spark.createDataFrame(numbers.flatMap(left::documents), Duplicates.DOCUMENTS);
    Dataset<Row> stored =
        spark.createDataFrame(
            against.rows(context, settings.near(), scopes.subList(own, scopes.size())),
            Duplicates.DOCUMENTS);
    Dataset<Row> places = spark.createDataFrame(numbers.flatMap(left::places), PLACES);
    Broadcast<List<String>> files =
        context.broadcast(
            Stream.concat(
                    plan.files().stream().map(file -> file + " at"), against.places().stream())
                .toList());
    int ownFiles = plan.files().size();
    Storage storage = this.storage;
    try {
      found(documents, stored, settings, steps)
          .join(places, new String[] {Duplicates.KEPT}, "left")
          .select(Duplicates.ID, Duplicates.KEPT, FILE, OFFSET, Duplicates.NEAR)
          .javaRDD()
          .mapToPair(row -> new Tuple2<>(key(row, ownFiles), row.getBoolean(4)))
          .repartitionAndSortWithinPartitions(new RowKey.ByShard(parts), new RowKey.ByOrder())
          .foreachPartition(
              copies -> write(storage, stage, TaskContext.getPartitionId(), copies, files.value()));
    } finally {
      Broadcasts.destroy(context, files);
    }
  }

  /**
   * A copy, with the place of the document that stays for it.
   *
   * @param files of the corpus; after them shards of other datasets are numbered
   */
  private static RowKey key(Row row, int files) {
    long id = row.getLong(0);
    long kept = row.getLong(1);
    boolean stored = Duplicates.isStored(kept);
    return new RowKey(
        (int) (id >>> Integer.SIZE),
        (int) id,
        stored ? files + Against.shard(kept) : (int) row.getLong(2),
        stored ? Against.row(kept) : row.getLong(3));
  }

  private Dataset<Row> found(
      Dataset<Row> documents, Dataset<Row> stored, DuplicatesSettings settings, Path steps) {
    if (!settings.near()) {
      return Duplicates.exact(documents.union(stored))
          .select(col(Duplicates.ID), col(Duplicates.KEPT), lit(false).as(Duplicates.NEAR));
    }
    Bands bands = new Bands(settings.bands(), settings.rows());
    return Duplicates.near(
        documents,
        stored,
        bands,
        settings.similarity(),
        new Steps(spark, storage, steps, step -> say.accept("Finding copies: " + step)));
  }

  private static void write(
      Storage storage,
      PartStage<CopiedPart> stage,
      int part,
      Iterator<Tuple2<RowKey, Boolean>> copies,
      List<String> files) {
    Map<Integer, Integer> named = new LinkedHashMap<>();
    List<String> names = new ArrayList<>();
    TableFiles tables =
        new TableFiles(storage, table -> stage.file(part, CopiedPart.table(table)), Copy.COLUMNS);
    while (copies.hasNext()) {
      Tuple2<RowKey, Boolean> next = copies.next();
      RowKey key = next._1();
      int file =
          named.computeIfAbsent(
              key.file(),
              index -> {
                names.add(files.get(index));
                return names.size() - 1;
              });
      tables.add(new Copy((int) key.order(), file, key.offset(), next._2()).toRow());
    }
    stage.finish(part, new CopiedPart(names, tables.end()));
  }
}
