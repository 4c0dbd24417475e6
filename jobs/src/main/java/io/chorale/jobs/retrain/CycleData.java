package io.chorale.jobs.retrain;

import io.chorale.config.DatasetSplit;
import io.chorale.data.Additions;
import io.chorale.data.Column;
import io.chorale.data.Dataset;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Shard;
import io.chorale.data.ShardFacts;
import io.chorale.data.ShardWriter;
import io.chorale.io.Storage;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Writes the dataset of a cycle: the chosen rows of a grown dataset, with its tokenizers and
 * schema. Its bytes are a function of that dataset and the choice. One task reads and writes a
 * shard; a task that is done again writes the same.
 *
 * @param to its directory
 */
record CycleData(JavaSparkContext context, Storage storage, Dataset grown, Path to) {

  /**
   * Writes it, or finds it written.
   *
   * @param since additions that are no news
   */
  Dataset write(List<CycleShards> chosen, int since) {
    if (!storage.exists(new Path(to, DatasetManifest.FILE))) {
      grown.tokenizers().forEach((name, json) -> storage.publish(new Path(to, name), json));
      manifest(shards(chosen), since).publish(storage, to);
    }
    return Dataset.open(storage, to);
  }

  private List<ShardFacts> shards(List<CycleShards> chosen) {
    Task task = new Task(storage, grown.directory(), to);
    List<Numbered> numbered = new ArrayList<>();
    Map<DatasetSplit, Integer> next = new EnumMap<>(DatasetSplit.class);
    for (CycleShards shard : chosen) {
      numbered.add(new Numbered(shard, next.merge(shard.split(), 1, Integer::sum) - 1));
    }
    return context
        .parallelize(numbered, Math.max(1, numbered.size()))
        .flatMap(shard -> task.write(shard).stream().iterator())
        .collect();
  }

  private DatasetManifest manifest(List<ShardFacts> shards, int since) {
    List<Column> columns = grown.manifest().columns();
    Map<DatasetSplit, DatasetManifest.Split> splits = new EnumMap<>(DatasetSplit.class);
    for (DatasetSplit split : DatasetSplit.values()) {
      List<ShardFacts> own = shards.stream().filter(shard -> shard.split() == split).toList();
      splits.put(split, DatasetManifest.Split.of(columns, own, bytes(split, since)));
    }
    return DatasetManifest.of(grown.schema(), grown.manifest().sources(), splits);
  }

  /** Of the texts that are new: of a held-out split that is all. */
  private long bytes(DatasetSplit split, int since) {
    long before =
        Additions.after(storage, grown, since).map(past -> past.split(split).bytes()).orElse(0L);
    return grown.manifest().split(split).bytes() - before;
  }

  /**
   * A chosen shard.
   *
   * @param number of what is written of it, in its split
   */
  private record Numbered(CycleShards chosen, int number) implements Serializable {}

  /** Copies the rows of a shard that are taken; none where there is no such one. */
  private record Task(Storage storage, Path grown, Path to) implements Serializable {
    Optional<ShardFacts> write(Numbered numbered) {
      Dataset dataset = Dataset.open(storage, grown);
      CycleShards chosen = numbered.chosen();
      ShardFacts facts = dataset.manifest().split(chosen.split()).shards().get(chosen.shard());
      List<Column> columns = dataset.manifest().columns();
      List<String> names = columns.stream().map(Column::name).toList();
      Shard shard = dataset.shard(chosen.split(), chosen.shard());
      ShardWriter writer = new ShardWriter(columns);
      int[] rows = chosen.rows(facts.name(), shard.rows());
      for (int row : rows) {
        writer.add(shard.row(names, row, Integer.MAX_VALUE));
      }
      return rows.length == 0
          ? Optional.empty()
          : Optional.of(
              writer.publish(storage, to, chosen.split(), numbered.number(), facts.source()));
    }
  }
}
