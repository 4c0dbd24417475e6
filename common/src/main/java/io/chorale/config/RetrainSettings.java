package io.chorale.config;

/** The settings of a cycle of retraining; {@code reference.yaml} explains each key. */
public record RetrainSettings(
    From from,
    double replay,
    double driftLimit,
    double driftReplay,
    int epochs,
    double learningRate,
    double warmup,
    double minutes,
    long minRows,
    double margin,
    double sliceLimit,
    Promote promote,
    int keep,
    int leaseSeconds) {

  /** The initial parameters of a cycle. */
  public enum From {
    CURRENT,
    SCRATCH
  }

  /** Who puts a better model into use. */
  public enum Promote {
    AUTO,
    MANUAL
  }

  public RetrainSettings {
    Check.share("retrain.replay", replay);
    Check.share("retrain.drift-limit", driftLimit);
    Check.share("retrain.drift-replay", driftReplay);
    Check.atLeast("retrain.epochs", epochs, 1);
    Check.that(
        learningRate > 0 && learningRate <= 1,
        "retrain.learning-rate",
        "above 0 and at most 1",
        learningRate);
    Check.share("retrain.warmup", warmup);
    Check.notNegative("retrain.minutes", minutes);
    Check.atLeast("retrain.min-rows", minRows, 1);
    Check.notNegative("retrain.margin", margin);
    Check.notNegative("retrain.slice-limit", sliceLimit);
    Check.atLeast("retrain.keep", keep, 1);
    Check.atLeast("retrain.lease-seconds", leaseSeconds, 1);
  }
}
