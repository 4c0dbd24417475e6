package io.chorale.jobs.tokenize;

import io.chorale.config.DuplicatesSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.ShardFacts;
import io.chorale.data.SignatureFacts;
import io.chorale.data.SourceFacts;
import io.chorale.io.Storage;
import io.chorale.jobs.duplicate.Duplicates;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * The datasets whose documents stay before those of the corpus. Their shards are numbered in one
 * row, dataset by dataset; a document is named by that number and its row.
 */
record Against(List<One> all) {
  /** Less than the rank of any document of the corpus. */
  private static final long FIRST = Long.MIN_VALUE;

  Against {
    all = List.copyOf(all);
  }

  /** A dataset. */
  record One(StoredDocuments documents, List<SourceFacts> sources, String fingerprint) {
    private static One of(Storage storage, Dataset dataset) {
      return new One(
          StoredDocuments.of(storage, dataset),
          dataset.manifest().sources(),
          dataset.fingerprint());
    }
  }

  /**
   * Those that the settings name.
   *
   * @param target of the dataset that is to be written
   * @throws SettingsException where copies cannot be looked for in one of them
   */
  static Against of(Storage storage, Settings settings, Path target) {
    DuplicatesSettings duplicates = settings.duplicates();
    List<One> all = new ArrayList<>();
    for (String given : duplicates.against()) {
      Path path = Storage.path("duplicates.against", given);
      if (storage.qualify(path).equals(storage.qualify(target))) {
        throw new SettingsException(
            "Cannot look for copies in dataset %s: it is data.path itself, expected another one. Choose another data.path, or remove it from duplicates.against."
                .formatted(path));
      }
      Dataset dataset = Dataset.open(storage, path);
      check(dataset, duplicates);
      all.add(One.of(storage, dataset));
    }
    return new Against(all);
  }

  /** The same and, where copies are removed, the dataset that is added to. */
  Against and(Storage storage, Settings settings, Dataset dataset) {
    if (!settings.duplicates().removes()) {
      return this;
    }
    check(dataset, settings.duplicates());
    List<One> more = new ArrayList<>(all);
    more.add(One.of(storage, dataset));
    return new Against(more);
  }

  private static void check(Dataset dataset, DuplicatesSettings duplicates) {
    if (dataset.schema().columns().stream().noneMatch(one -> one.name().equals(Column.TEXT))) {
      throw new SettingsException(
          "Cannot look for copies in dataset %s: it has no texts, expected a column %s. Remove it from duplicates.against."
              .formatted(dataset.directory(), Column.TEXT));
    }
    if (duplicates.near()) {
      SignatureFacts wanted = SignedDocuments.facts(duplicates);
      SignatureFacts found = dataset.manifest().signatures();
      check(dataset, "duplicates.words", found.words(), wanted.words());
      check(dataset, "duplicates.bands", found.bands(), wanted.bands());
      check(dataset, "duplicates.rows", found.rows(), wanted.rows());
      check(dataset, "the seed", found.seed(), wanted.seed());
    }
  }

  private static void check(Dataset dataset, String name, long found, long expected) {
    if (found != expected) {
      throw new SettingsException(
          "Cannot look for near copies in dataset %s: %s of its signatures is %d%s, expected %d. Use the same for both, tokenize that dataset again with duplicates.remove: near, or look for exact copies."
              .formatted(
                  dataset.directory(), name, found, found == 0 ? " (it has none)" : "", expected));
    }
  }

  /** What they are told by. */
  String told() {
    StringBuilder told = new StringBuilder();
    all.forEach(one -> told.append(one.fingerprint()).append('\n'));
    return told.toString();
  }

  /** The sources of all of them, one dataset after the other. */
  List<SourceFacts> sources() {
    return all.stream().flatMap(one -> one.sources().stream()).toList();
  }

  /** How the place of a document is told, up to the number of its row, by the shard's number. */
  List<String> places() {
    List<String> places = new ArrayList<>();
    for (One one : all) {
      for (ShardFacts shard : one.documents().shards()) {
        places.add("%s/%s row".formatted(one.documents().directory(), shard.name()));
      }
    }
    return places;
  }

  /**
   * Their documents, of {@link Duplicates#DOCUMENTS}.
   *
   * @param signed whether with signatures
   * @param scopes of the sources of all datasets, in the order of {@link #sources}
   */
  JavaRDD<Row> rows(JavaSparkContext context, boolean signed, List<Integer> scopes) {
    JavaRDD<Row> rows = context.emptyRDD();
    int firstShard = 0;
    int firstSource = 0;
    for (One one : all) {
      List<String> names = one.sources().stream().map(SourceFacts::name).toList();
      List<Long> ofShards = new ArrayList<>();
      for (ShardFacts shard : one.documents().shards()) {
        ofShards.add((long) scopes.get(firstSource + names.indexOf(shard.source())));
      }
      rows = rows.union(rows(one.documents().documents(context, signed), firstShard, ofShards));
      firstShard += ofShards.size();
      firstSource += names.size();
    }
    return rows;
  }

  private static JavaRDD<Row> rows(
      JavaRDD<StoredDocuments.One> documents, int firstShard, List<Long> scopes) {
    return documents.map(
        one ->
            RowFactory.create(
                id(firstShard + one.shard(), one.row()),
                scopes.get(one.shard()),
                FIRST,
                one.document().hash().high(),
                one.document().hash().low(),
                one.document().signature()));
  }

  private static long id(int shard, int row) {
    return Duplicates.STORED | (long) shard << Integer.SIZE | row;
  }

  /** The number of the shard that has a document. */
  static int shard(long id) {
    return (int) ((id & ~Duplicates.STORED) >>> Integer.SIZE);
  }

  /** Its row there. */
  static int row(long id) {
    return (int) id;
  }
}
