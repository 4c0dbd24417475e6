package io.chorale.train;

import io.chorale.config.TrainSettings;
import io.chorale.config.TrainSettings.Schedule;

/** The learning rate of each local step. */
public final class LearningRate {
  private final TrainSettings settings;

  /** The schedule of the settings. */
  public LearningRate(TrainSettings settings) {
    this.settings = settings;
  }

  /**
   * A linear warm-up, then the schedule.
   *
   * @param step local steps before this one, in the whole run
   */
  public double at(long step) {
    double peak = settings.learningRate();
    if (step < settings.warmup()) {
      return peak * (step + 1) / (settings.warmup() + 1);
    }
    long since = step - settings.warmup();
    return switch (settings.schedule()) {
      case CONSTANT -> peak;
      case STEP -> {
        long decays = since / settings.decayEvery();
        yield peak * StrictMath.pow(settings.decayFactor(), (double) decays);
      }
      case COSINE, LINEAR -> {
        double end = settings.minLearningRate();
        long length = settings.steps() - settings.warmup();
        if (since >= length) {
          yield end;
        }
        yield settings.schedule() == Schedule.LINEAR
            ? end + (double) (length - since) / length * (peak - end)
            : end + 0.5 * (1 + StrictMath.cos(StrictMath.PI * since / length)) * (peak - end);
      }
    };
  }
}
