package io.chorale.jobs.train;

import io.chorale.config.ChoraleException;
import io.chorale.jobs.round.RoundPlan;
import io.chorale.jobs.round.WorkerReport;
import java.util.ArrayList;
import java.util.List;

/** Ends a training that has come to numbers from which none goes on. */
record RoundFailures(TrainingRun run) {
  /** Fails where a worker could not go on. */
  List<WorkerReport.Trained> trained(RoundPlan plan, List<WorkerReport> reports) {
    List<WorkerReport.Trained> trained = new ArrayList<>();
    for (WorkerReport report : reports) {
      if (report instanceof WorkerReport.Stopped stopped) {
        throw failure(plan, stopped.why());
      }
      trained.add((WorkerReport.Trained) report);
    }
    return trained;
  }

  /** The steps of a worker see no loss of what its last one made of the parameters. */
  void ifNotFinite(RoundPlan plan, List<WorkerReport.Trained> reports, String what, double value) {
    if (!Double.isFinite(value)) {
      throw failure(
          plan,
          ("Cannot go on training: after %d local steps with learning rate %s there is %s of %s,"
                  + " expected a finite one. Lower train.learning-rate or train.clip, or lengthen"
                  + " train.warmup.")
              .formatted(
                  plan.firstStep() + plan.steps(), reports.get(0).learningRate(), what, value));
    }
  }

  private ChoraleException failure(RoundPlan plan, String why) {
    String stays =
        run.committed().atStart()
            ? "No checkpoint was written."
            : "The checkpoint of round " + run.committed().round() + " stays.";
    return new ChoraleException("Round %d: %s %s".formatted(plan.round(), why, stays));
  }
}
