package io.chorale.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Local steps and rounds; {@code reference.yaml} explains each key. */
public record TrainSettings(
    String from,
    int context,
    int batch,
    Packing packing,
    long steps,
    int epochs,
    Map<String, String> mix,
    int patience,
    int workers,
    String averageEvery,
    Optimizer optimizer,
    double learningRate,
    double minLearningRate,
    Schedule schedule,
    long warmup,
    long decayEvery,
    double decayFactor,
    double beta1,
    double beta2,
    double epsilon,
    double momentum,
    double weightDecay,
    double clip,
    Precision precision,
    Products products,
    Device device,
    long seed,
    long shuffleWindow) {

  private static final String EPOCH = "epoch";

  /** The rows of a language model's batch. */
  public enum Packing {
    /** Blocks of one stream of tokens, whatever documents they are of. */
    STREAM,
    /** Whole documents side by side, of which none sees another. */
    DOCUMENTS
  }

  /** The optimizer of the local steps. */
  public enum Optimizer {
    ADAMW,
    SGD
  }

  /** The course of the learning rate after the warm-up. */
  public enum Schedule {
    COSINE,
    CONSTANT,
    STEP,
    LINEAR;

    /** Whether it is laid over a number of steps, at whose end it reaches its lowest rate. */
    public boolean ends() {
      return this == COSINE || this == LINEAR;
    }
  }

  /** The number format of matrix products. */
  public enum Precision {
    FLOAT32,
    BFLOAT16
  }

  /** By whose kernels matrices are multiplied in training, on the processor. */
  public enum Products {
    AUTO,
    ATEN,
    ONEDNN
  }

  /** Where models compute; {@code GPU_OR_CPU} falls back, with a warning. */
  public enum Device {
    CPU,
    GPU,
    GPU_OR_CPU
  }

  public TrainSettings {
    mix = Collections.unmodifiableMap(new LinkedHashMap<>(mix));
    mix.forEach(
        (source, passes) ->
            Check.that(
                passes.matches("[0-9]{1,3}|1000"),
                "train.mix." + source,
                "a whole number from 0 to 1000",
                passes));
    Check.atLeast("train.context", context, 1);
    Check.atLeast("train.batch", batch, 1);
    Check.that(
        (long) batch * context < Integer.MAX_VALUE,
        "train.batch x train.context",
        "below 2^31",
        (long) batch * context);
    Check.atLeast("train.steps", steps, 1);
    Check.atLeast("train.epochs", epochs, 0);
    Check.atLeast("train.patience", patience, 0);
    Check.atLeast("train.workers", workers, 1);
    Check.that(
        averageEvery.equals(EPOCH) || averageEvery.matches("[1-9][0-9]{0,17}"),
        "train.average-every",
        "a number of local steps or epoch",
        averageEvery);
    Check.positive("train.learning-rate", learningRate);
    Check.notNegative("train.min-learning-rate", minLearningRate);
    Check.that(
        !schedule.ends() || minLearningRate <= learningRate,
        "train.min-learning-rate",
        "at most train.learning-rate " + learningRate,
        minLearningRate);
    Check.atLeast("train.warmup", warmup, 0);
    Check.atLeast("train.decay-every", decayEvery, 1);
    Check.positive("train.decay-factor", decayFactor);
    Check.share("train.beta1", beta1);
    Check.share("train.beta2", beta2);
    Check.positive("train.epsilon", epsilon);
    Check.share("train.momentum", momentum);
    Check.notNegative("train.weight-decay", weightDecay);
    Check.notNegative("train.clip", clip);
    Check.atLeast("train.shuffle-window", shuffleWindow, 1);
  }

  /** Whether a round is one pass over each worker's shards, not a number of local steps. */
  public boolean averagesByEpoch() {
    return averageEvery.equals(EPOCH);
  }

  /** Local steps of a round; only where {@link #averagesByEpoch} is false. */
  public long stepsPerRound() {
    return Long.parseLong(averageEvery);
  }

  /**
   * How often an epoch goes through a source, by its name, where not as often as the dataset says.
   */
  public Map<String, Integer> weights() {
    Map<String, Integer> weights = new LinkedHashMap<>();
    mix.forEach((source, passes) -> weights.put(source, Integer.parseInt(passes)));
    return weights;
  }
}
