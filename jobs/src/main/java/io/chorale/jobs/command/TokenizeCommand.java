package io.chorale.jobs.command;

import static java.util.stream.Collectors.joining;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.corpus.Account;
import io.chorale.data.Column;
import io.chorale.data.Contamination;
import io.chorale.data.DatasetManifest;
import io.chorale.data.ScreeningFacts;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.console.Stopwatch;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.tokenize.SampleJob;
import io.chorale.jobs.tokenize.TokenizeJob;
import io.chorale.report.DatasetPage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tokenize}: a corpus in, a dataset out. */
@Command(
    name = "tokenize",
    description =
        "Trains the tokenizer (unless one is given), tokenizes, splits and shards a corpus.")
final class TokenizeCommand extends SettingsCommand {
  private static final int MOST_SHOWN = 10;

  @Option(names = "--overwrite", description = "Replace the dataset if it exists.")
  private boolean overwrite;

  @Option(
      names = "--add",
      description = {
        "Add to the dataset what is new: read files of the corpus that it has not read yet or",
        "that have changed, and write shards of them. What is there stays as it is."
      })
  private boolean add;

  @Option(
      names = "--sample",
      paramLabel = "SHARE",
      converter = ShareOption.class,
      description = {
        "Reads so large a share of the corpus, such as 0.1%% or 0.001, and writes no dataset:",
        "only a page about what the corpus becomes, with estimates for the whole of it."
      })
  private Double sample;

  @Override
  void run(Settings settings) {
    if (sample != null) {
      sample(settings);
      return;
    }
    if (add && overwrite) {
      throw new SettingsException(
          "Cannot add to dataset %s and overwrite it, expected one of --add and --overwrite. Leave one of them out."
              .formatted(settings.data().path()));
    }
    TokenizeJob.check(settings);
    Stopwatch watch = new Stopwatch();
    try (Session session = openSession(TokenizeJob.SPARK)) {
      TokenizeJob job = new TokenizeJob(session, settings, overwrite, err()::println);
      Optional<TokenizeJob.Result> result = add ? job.add() : Optional.of(job.run());
      if (result.isEmpty()) {
        out().printf("Dataset %s has all of the corpus: nothing is new%n", settings.data().path());
        return;
      }
      report(settings.data().path(), result.get(), watch.total());
    }
  }

  private void sample(Settings settings) {
    if (overwrite || add) {
      throw new SettingsException(
          "Cannot %s dataset %s by a sample: --sample writes none, expected one of --sample and %s. Leave one of them out."
              .formatted(
                  overwrite ? "overwrite" : "add to",
                  settings.data().path(),
                  overwrite ? "--overwrite" : "--add"));
    }
    SampleJob.check(settings);
    Stopwatch watch = new Stopwatch();
    try (Session session = openSession(TokenizeJob.SPARK)) {
      SampleJob.Result result = new SampleJob(session, settings, sample, err()::println).run();
      new SampleReport(out()).print(result.facts(), watch.total());
      out().println("In the sample");
      report(result.found());
      out().printf("  page        %s%n", result.page());
    }
  }

  private void report(String path, TokenizeJob.Result result, double seconds) {
    out()
        .printf(
            "Dataset %s, %swritten in %s (%s)%n",
            path,
            result.addition().isEmpty() ? "" : result.addition() + " ",
            Amounts.duration(seconds),
            Amounts.speed(result.counts().bytes(), seconds));
    report(result);
    out().printf("  page        %s/%s%n", path, DatasetPage.FILE);
  }

  private void report(TokenizeJob.Result result) {
    DatasetManifest manifest = result.manifest();
    out()
        .printf("  corpus      %s (%s)%n", result.counts(), Amounts.bytes(result.counts().bytes()));
    Map<String, Account.OfSource> sources = result.account().sources();
    if (sources.size() > 1) {
      sources.forEach(
          (name, of) ->
              out()
                  .printf(
                      "  source      %s: %s (%s)%n", name, of, Amounts.bytes(of.kept().bytes())));
    }
    ScreeningFacts screening = result.screening();
    screening
        .rules()
        .forEach(
            (rule, rejected) ->
                out().printf("  rejected    %s by %s%n", Amounts.count(rejected), rule));
    screening
        .masked()
        .forEach(
            (kind, times) -> out().printf("  masked      %s %s%n", Amounts.count(times), kind));
    report(screening.contamination());
    List<String> damaged = result.damaged();
    damaged.stream().limit(MOST_SHOWN).forEach(file -> out().printf("  damaged     %s%n", file));
    if (damaged.size() > MOST_SHOWN) {
      out().printf("  damaged     %d more, see rejected/%n", damaged.size() - MOST_SHOWN);
    }
    List<Column> columns = manifest.columns();
    columns.stream()
        .filter(column -> !manifest.schema().facts(column.name()).tokenizer().isEmpty())
        .findFirst()
        .ifPresent(text -> out().printf("  vocabulary  %s entries%n", Amounts.count(text.size())));
    if (columns.size() > 1) {
      out()
          .printf(
              "  columns     %s%n",
              columns.stream().map(TokenizeCommand::named).collect(joining(", ")));
    }
    for (DatasetSplit split : DatasetSplit.values()) {
      DatasetManifest.Split facts = manifest.split(split);
      out()
          .printf(
              "  %-10s  %s%s rows, %s shards%n",
              split.key(),
              length(columns.get(0), facts),
              Amounts.count(facts.rows()),
              Amounts.count(facts.shards().size()));
    }
  }

  /** How much of held-out texts the training split has. */
  private void report(Contamination found) {
    if (found.equals(Contamination.NONE)) {
      return;
    }
    Stream.concat(found.heldOut().stream(), Stream.of(found.train()))
        .forEach(
            texts ->
                out()
                    .printf(
                        "  overlap     %s: %s of %s documents, %s of %s words in common %d-grams%s%n",
                        texts.name(),
                        Amounts.count(texts.found()),
                        Amounts.count(texts.documents()),
                        Amounts.count(texts.wordsFound()),
                        Amounts.count(texts.words()),
                        found.words(),
                        found.every() > 1 ? " (one of %d)".formatted(found.every()) : ""));
  }

  /** {@code tags (17)}. */
  private static String named(Column column) {
    return column.size() == 0 ? column.name() : "%s (%d)".formatted(column.name(), column.size());
  }

  /** Tokens or steps of the first column, where rows differ in their number. */
  private static String length(Column column, DatasetManifest.Split facts) {
    String unit = column.kind() == Column.Kind.IDS ? "tokens" : "steps";
    return column.ragged()
        ? "%s %s, ".formatted(Amounts.count(facts.elements(column.name())), unit)
        : "";
  }
}
