package io.chorale.jobs.tokenize;

import io.chorale.config.QualitySettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.Sources;
import io.chorale.corpus.CorpusCounts;
import io.chorale.corpus.CorpusPlan;
import io.chorale.data.Contamination;
import io.chorale.io.Storage;
import io.chorale.io.WorkDirectory;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.console.Stopwatch;
import io.chorale.jobs.spark.PartStage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.Session;
import io.chorale.jobs.spark.Step;
import io.chorale.jobs.spark.Tally;
import io.chorale.privacy.Privacy;
import io.chorale.quality.Rules;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.hadoop.fs.Path;

/**
 * Measures the documents of a corpus, where the settings judge them by anything: once, whatever the
 * thresholds are. Finds the copies among those that the rules leave.
 */
record Screening(Session session, Storage storage, Settings settings, Consumer<String> say) {

  /**
   * Refuses settings that cannot judge, before anything is read.
   *
   * @throws SettingsException where rules name what there is not, or there is no text
   */
  static void check(Settings settings) {
    QualitySettings quality = settings.quality();
    Rules.of(quality);
    Privacy.of(settings.privacy().mask());
    boolean reads =
        settings.judgesDocuments() || quality.cutsLines() || settings.contamination().find();
    if (reads && Sources.of(settings).columns().textField().isEmpty()) {
      throw new SettingsException(
          "Cannot judge documents: corpus.text-field is empty, expected the field of a text. Remove"
              + " what is set in quality, duplicates and contamination, or name a field.");
    }
  }

  /**
   * Where attributes are kept: in the user's directory, or else where the work of the job is.
   *
   * @throws SettingsException where that would be part of the corpus or of the dataset
   */
  WorkDirectory directory(CorpusPlan plan, WorkDirectory work, Path target) {
    if (settings.data().work().isEmpty()) {
      return work;
    }
    Path path = Storage.path("data.work", settings.data().work());
    if (storage.isIn(target, path)
        || plan.files().stream()
            .anyMatch(file -> !file.copied() && storage.isIn(path, file.path()))) {
      throw new SettingsException(
          "Cannot keep work in %s: it lies in data.path or has files of corpus.paths, expected a directory of its own. Choose another data.work."
              .formatted(path));
    }
    return WorkDirectory.in(storage, path, plan.fingerprint());
  }

  /**
   * What is known of the documents.
   *
   * @param screen by which they are read
   * @param attributes of all documents, where rules judge them
   * @param contamination held-out texts in training documents
   */
  record Found(Screen screen, Optional<AttributeTotals> attributes, Contamination contamination) {}

  /** Measures what is to be judged, and finds what is not to stay beside other texts. */
  Found screen(CorpusPlan plan, Made made, WorkDirectory kept) {
    Screen screen = judged(plan, made, kept);
    Optional<AttributeTotals> attributes =
        settings.quality().judges()
            ? Optional.of(
                AttributeTotals.of(
                    session.context(),
                    screen.settings(),
                    new MeasuredDocuments(storage, screen.measured()),
                    plan.parts().size()))
            : Optional.empty();
    if (!settings.contamination().find()) {
      return new Found(screen, attributes, Contamination.NONE);
    }
    kept.begin(CorpusPlan.FILE, plan.toBytes());
    Contamination found =
        new ContaminationJob(session, storage, settings, made.held(), screen, say)
            .run(plan, made, kept.path());
    boolean removes = settings.contamination().removes();
    return new Found(removes ? screen.withoutContaminated() : screen, attributes, found);
  }

  private Screen judged(CorpusPlan plan, Made made, WorkDirectory kept) {
    SentSettings sent = new SentSettings(settings);
    PartStage<MeasuredPart> stage =
        new PartStage<>(storage, kept.path(), "attributes", made.measured(), MeasuredPart.class);
    PartStage<CopiedPart> copied =
        new PartStage<>(storage, kept.path(), "copies", made.copied(), CopiedPart.class);
    KnownPart.Known known = known(plan, made, sent, kept);
    if (settings.judgesDocuments()) {
      kept.begin(CorpusPlan.FILE, plan.toBytes());
      Set<Integer> lost = measure(plan, sent, stage);
      if (settings.duplicates().removes()) {
        Path steps = new Path(kept.path(), "steps-" + PartStage.key(made.copied()));
        findCopies(plan, sent, lost, known, made.against(), stage, copied, steps);
      }
    }
    PartStage<ContaminatedPart> contaminated =
        new PartStage<>(
            storage, kept.path(), "contaminated", made.contaminated(), ContaminatedPart.class);
    return new Screen(storage, sent, known, stage, copied, contaminated, false);
  }

  /** Finds the documents of changed files that the dataset has which is added to. */
  private KnownPart.Known known(CorpusPlan plan, Made made, SentSettings sent, WorkDirectory kept) {
    PartStage<KnownPart> stage =
        new PartStage<>(storage, kept.path(), "known", made.known(), KnownPart.class);
    Optional<Growth> growth = made.growth().filter(one -> !one.changed().isEmpty());
    if (growth.isPresent()) {
      kept.begin(CorpusPlan.FILE, plan.toBytes());
      new KnownJob(session.context(), session.sql(), storage, say)
          .run(plan, sent, growth.get(), stage);
    }
    return new KnownPart.Known(storage, stage, growth.isPresent());
  }

  private void findCopies(
      CorpusPlan plan,
      SentSettings sent,
      Set<Integer> lost,
      KnownPart.Known known,
      Against against,
      PartStage<MeasuredPart> measured,
      PartStage<CopiedPart> copied,
      Path steps) {
    if (copied.finished(session.context()).size() == plan.parts().size()) {
      return;
    }
    say.accept("Finding copies among documents");
    Stopwatch watch = new Stopwatch();
    new DuplicateJob(session.context(), session.sql(), storage, say)
        .run(plan, sent, lost, known, against, measured, copied, steps);
    storage.deleteRecursively(steps);
    say.accept("Finding copies: done in " + Amounts.duration(watch.lap()));
  }

  /** Measures what is missing; returns the files that were found to be damaged. */
  private Set<Integer> measure(CorpusPlan plan, SentSettings sent, PartStage<MeasuredPart> stage) {
    try (Tally tally = new Tally(session.context());
        Step step =
            new Step(
                session.context(),
                say,
                "Measuring documents",
                tally::toString,
                tally::read,
                plan.storedBytes())) {
      MeasureTask task = new MeasureTask(storage, sent, stage, tally);
      List<MeasuredPart> parts = stage.run(session.context(), plan.parts(), task);
      CorpusCounts counts = new CorpusCounts();
      parts.forEach(part -> counts.merge(part.counts()));
      plan.check(counts, settings.corpus().maxRejected());
      step.finish(Amounts.count(counts.documents()) + " documents");
      return counts.damagedFiles();
    }
  }
}
