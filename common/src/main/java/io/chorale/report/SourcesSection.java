package io.chorale.report;

import io.chorale.config.DatasetSplit;
import io.chorale.data.Column;
import io.chorale.data.DatasetManifest;
import io.chorale.data.ShardFacts;
import io.chorale.data.SourceFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Draws what a dataset has of each source of its corpus, and what an epoch of training has. */
final class SourcesSection {
  private final DatasetManifest manifest;

  /** The column that says how much there is, where one is a sequence. */
  private final Optional<String> sized;

  SourcesSection(DatasetManifest manifest) {
    this.manifest = manifest;
    this.sized = manifest.columns().stream().filter(Column::ragged).map(Column::name).findFirst();
  }

  void draw(Html html) {
    if (manifest.sources().equals(List.of(SourceFacts.ONLY))) {
      return;
    }
    html.element(
        "p",
        "Shares are of the training split. An epoch goes through a source as often as its weight, or train.mix, says.");
    long all = size(shard -> true, false);
    long epoch = size(shard -> true, true);
    List<Table.Line> lines = new ArrayList<>();
    for (SourceFacts source : manifest.sources()) {
      Predicate<ShardFacts> own = shard -> shard.source().equals(source.name());
      lines.add(
          Table.Line.of(
              source.name(),
              String.join(", ", source.tags()),
              source.snapshot(),
              Figures.of(manifest.rowsBySource().get(source.name())),
              Figures.percent(size(own, false) / (double) Math.max(1, all)),
              Figures.of(source.weight()),
              Figures.percent(size(own, true) / (double) Math.max(1, epoch))));
    }
    Table.scrolled(
        html,
        "Sources",
        List.of("source", "tags", "snapshot", "rows", "share", "weight", "share of an epoch"),
        lines);
  }

  /**
   * Tokens or steps of training shards; their rows, where no column is a sequence.
   *
   * @param weighted whether each counts as often as an epoch goes through it
   */
  private long size(Predicate<ShardFacts> which, boolean weighted) {
    return manifest.split(DatasetSplit.TRAIN).shards().stream()
        .filter(which)
        .mapToLong(
            shard ->
                sized.map(shard::elements).orElse(shard.rows())
                    * (weighted ? manifest.source(shard.source()).weight() : 1))
        .sum();
  }
}
