package io.chorale.jobs.command;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.data.Column;
import io.chorale.data.DatasetManifest;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.console.Stopwatch;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.tokenize.TokenizeJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tokenize}: text in, dataset out. */
@Command(
    name = "tokenize",
    description = "Trains the tokenizer (unless one is given), tokenizes, splits and shards text.")
final class TokenizeCommand extends SettingsCommand {
  @Option(names = "--overwrite", description = "Replace the dataset if it exists.")
  private boolean overwrite;

  @Override
  void run(Settings settings) {
    TokenizeJob.target(settings);
    Stopwatch watch = new Stopwatch();
    try (Session session = openSession()) {
      TokenizeJob.Result result =
          new TokenizeJob(session, settings, overwrite, err()::println).run();
      report(settings.data().path(), result, watch.total());
    }
  }

  private void report(String path, TokenizeJob.Result result, double seconds) {
    DatasetManifest manifest = result.manifest();
    out()
        .printf(
            "Dataset %s, written in %s (%s)%n",
            path, Amounts.duration(seconds), Amounts.speed(result.counts().bytes(), seconds));
    out()
        .printf("  corpus      %s (%s)%n", result.counts(), Amounts.bytes(result.counts().bytes()));
    out()
        .printf(
            "  vocabulary  %s entries%n",
            Amounts.count(manifest.schema().column(Column.TEXT).size()));
    for (DatasetSplit split : DatasetSplit.values()) {
      DatasetManifest.Split facts = manifest.split(split);
      out()
          .printf(
              "  %-10s  %s tokens, %s rows, %s shards%n",
              split.key(),
              Amounts.count(facts.elements(Column.TEXT)),
              Amounts.count(facts.rows()),
              Amounts.count(facts.shards().size()));
    }
  }
}
