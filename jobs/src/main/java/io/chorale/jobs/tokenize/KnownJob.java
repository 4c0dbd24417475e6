package io.chorale.jobs.tokenize;

import io.chorale.config.DataSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.corpus.CorpusFile;
import io.chorale.corpus.CorpusPlan;
import io.chorale.corpus.Document;
import io.chorale.data.DocumentHash;
import io.chorale.data.ShardFacts;
import io.chorale.io.Storage;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.spark.PartStage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.Step;
import io.chorale.jobs.spark.Tally;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.Tuple2;

/**
 * Finds the documents of changed files that the dataset has which is added to, by their hashes:
 * those of the same source and split. Reads these files once; hashes alone are shuffled.
 */
record KnownJob(
    JavaSparkContext context, SparkSession spark, Storage storage, Consumer<String> say) {
  private static final String PART = "part";
  private static final String ORDINAL = "ordinal";
  private static final String[] KEYS = {"source", "split", "high", "low"};

  private static final StructType STORED =
      new StructType()
          .add(KEYS[0], DataTypes.IntegerType, false)
          .add(KEYS[1], DataTypes.IntegerType, false)
          .add(KEYS[2], DataTypes.LongType, false)
          .add(KEYS[3], DataTypes.LongType, false);

  private static final StructType READ =
      STORED.add(PART, DataTypes.IntegerType, false).add(ORDINAL, DataTypes.IntegerType, false);

  /** Reads the hashes of the documents of changed files, on an executor. */
  private record Hashes(
      Storage storage, SentSettings settings, ArrayList<Boolean> changed, Tally tally)
      implements Serializable {

    Iterator<Row> of(CorpusPlan.Part part) {
      SplitEntries entries =
          new SplitEntries(
              storage, part.splits(), settings.sources().get(part.source()).corpus(), tally);
      boolean hashed = settings.get().data().split() == DataSettings.Split.DOCUMENT;
      DataSettings shares = DealByHash.shares(settings).get(part.source());
      int[] documents = {0};
      return StreamSupport.stream(Spliterators.spliteratorUnknownSize(entries, 0), false)
          .filter(Document.class::isInstance)
          .map(Document.class::cast)
          .peek(tally::add)
          .map(
              document -> {
                int ordinal = documents[0]++;
                return changed.get(document.file())
                    ? row(part, document, hashed, shares, ordinal)
                    : null;
              })
          .filter(Objects::nonNull)
          .iterator();
    }

    private static Row row(
        CorpusPlan.Part part, Document document, boolean hashed, DataSettings shares, int ordinal) {
      DocumentHash hash = ColumnEncoders.hash(document);
      DatasetSplit given = part.file(document.file()).split();
      DatasetSplit split = hashed && given == DatasetSplit.TRAIN ? hash.split(shares) : given;
      return RowFactory.create(
          part.source(), split.ordinal(), hash.high(), hash.low(), part.number(), ordinal);
    }
  }

  /** Finds and writes them. */
  void run(CorpusPlan plan, SentSettings sent, Growth growth, PartStage<KnownPart> stage) {
    int parts = plan.parts().size();
    if (stage.finished(context).size() == parts) {
      return;
    }
    ArrayList<Boolean> changed = new ArrayList<>();
    for (CorpusFile file : plan.files()) {
      changed.add(growth.changed().contains(file.index()));
    }
    List<CorpusPlan.Part> read =
        plan.parts().stream()
            .filter(
                part -> part.splits().stream().anyMatch(split -> changed.get(split.file().index())))
            .toList();
    try (Tally tally = new Tally(context);
        Step step =
            new Step(
                context,
                say,
                "Looking for documents of the dataset",
                tally::toString,
                tally::read,
                bytes(read))) {
      Hashes hashes = new Hashes(storage, sent, changed, tally);
      JavaRDD<Row> rows = context.parallelize(read, read.size()).flatMap(hashes::of);
      Dataset<Row> found =
          spark
              .createDataFrame(rows, READ)
              .join(
                  spark.createDataFrame(stored(growth, sent.sources().names()), STORED),
                  KEYS,
                  "left_semi");
      Storage storage = this.storage;
      long known =
          found
              .select(PART, ORDINAL)
              .javaRDD()
              .mapToPair(row -> new Tuple2<>(new RowKey(row.getInt(0), row.getInt(1), 0, 0), true))
              .repartitionAndSortWithinPartitions(new RowKey.ByShard(parts), new RowKey.ByOrder())
              .mapPartitions(
                  places ->
                      List.of(write(storage, stage, TaskContext.getPartitionId(), places))
                          .iterator())
              .reduce(Long::sum);
      step.finish(Amounts.count(known) + " are there");
    }
  }

  private static long bytes(List<CorpusPlan.Part> parts) {
    return parts.stream()
        .flatMap(part -> part.splits().stream())
        .mapToLong(split -> split.length())
        .sum();
  }

  /** The documents of the dataset; those of sources that are no more are left out. */
  private JavaRDD<Row> stored(Growth growth, List<String> sources) {
    StoredDocuments stored = StoredDocuments.of(storage, growth.dataset());
    List<ShardFacts> shards = stored.shards();
    int[] source = shards.stream().mapToInt(shard -> sources.indexOf(shard.source())).toArray();
    int[] split = shards.stream().mapToInt(shard -> shard.split().ordinal()).toArray();
    return stored
        .documents(context, false)
        .filter(one -> source[one.shard()] >= 0)
        .map(
            one ->
                RowFactory.create(
                    source[one.shard()],
                    split[one.shard()],
                    one.document().hash().high(),
                    one.document().hash().low()));
  }

  /** Writes those of a part; returns how many there are. */
  private static long write(
      Storage storage,
      PartStage<KnownPart> stage,
      int part,
      Iterator<Tuple2<RowKey, Boolean>> known) {
    TableFiles tables =
        new TableFiles(
            storage, table -> stage.file(part, KnownPart.table(table)), KnownPart.COLUMNS);
    long count = 0;
    for (; known.hasNext(); count++) {
      tables.add(known.next()._1().order());
    }
    stage.finish(part, new KnownPart(tables.end()));
    return count;
  }
}
