package io.chorale.jobs.train;

import io.chorale.checkpoint.BestRound;
import io.chorale.checkpoint.RoundMetrics;
import io.chorale.config.DatasetSplit;
import io.chorale.jobs.round.RoundPlan;
import io.chorale.jobs.round.WorkerReport;
import io.chorale.task.Task;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Sums up what the workers report of a round. */
final class RoundSummary {
  private RoundSummary() {}

  /**
   * The times of a round, in seconds.
   *
   * @param starts of the training so far
   */
  record Times(double round, double evaluation, double commit, int starts, Instant end) {}

  /** Norms of the mean delta, and of the averaged model. */
  record Norms(double delta, double parameters) {}

  /**
   * Sums up a round.
   *
   * @param reports of all workers, at least one
   * @param tokensBefore tokens trained on before the round
   * @param mean whether the averages are the means of what workers sent
   * @param bytesAveraged averages that the driver received
   * @param anchorBytes of the anchor as it travels
   * @param best the best round up to this one
   */
  static RoundMetrics of(
      RoundPlan plan,
      List<WorkerReport.Trained> reports,
      long tokensBefore,
      boolean mean,
      long bytesAveraged,
      long anchorBytes,
      Norms norms,
      Map<String, Double> validation,
      DatasetSplit split,
      Optional<BestRound> best,
      Times times) {
    Comparator<WorkerReport.Trained> bySeconds =
        Comparator.comparingDouble(WorkerReport.Trained::seconds);
    WorkerReport.Trained slowest = Collections.max(reports, bySeconds);
    WorkerReport.Trained fastest = Collections.min(reports, bySeconds);
    long tokens = reports.stream().mapToLong(WorkerReport.Trained::tokens).sum();
    return new RoundMetrics(
        plan.round(),
        reports.size(),
        plan.firstStep() + plan.steps(),
        tokensBefore + tokens,
        reports.stream().mapToDouble(WorkerReport.Trained::lossSum).sum() / tokens,
        validation.get(Task.LOSS),
        validation,
        validation.isEmpty() ? null : split.key(),
        best.orElse(null),
        reports.get(0).learningRate(),
        tokens / times.round(),
        slowest.seconds(),
        times.round() - slowest.seconds(),
        times.evaluation(),
        times.commit(),
        reports.stream().mapToLong(WorkerReport.Trained::bytesSent).sum(),
        bytesAveraged,
        reports.size() * anchorBytes,
        slowest.worker(),
        fastest.worker(),
        fastest.seconds(),
        norms.delta(),
        gradientNorm(reports),
        norms.parameters(),
        reports.size() == 1 || !mean ? null : distance(reports, tokens, norms.delta()),
        times.starts(),
        times.end().truncatedTo(ChronoUnit.SECONDS).toString());
  }

  private static Double gradientNorm(List<WorkerReport.Trained> reports) {
    double sum = reports.stream().mapToDouble(WorkerReport.Trained::gradientNorms).sum();
    long steps = reports.stream().mapToLong(WorkerReport.Trained::steps).sum();
    return Double.isFinite(sum) ? sum / steps : null;
  }

  /**
   * How far the workers stand from their mean, by what each knows alone: the mean square distance
   * from any point is that from the mean and the square of the way from there to the mean (Huygens
   * and Steiner). Where what travels is rounded, the mean is not quite theirs.
   */
  static double distance(List<WorkerReport.Trained> reports, long tokens, double deltaNorm) {
    double fromAnchor =
        reports.stream().mapToDouble(report -> report.tokens() * report.squareMoved()).sum()
            / tokens;
    return Math.sqrt(Math.max(0, fromAnchor - deltaNorm * deltaNorm));
  }
}
