package io.chorale.train;

import java.util.Map;

/**
 * What a worker's round took and gave, beside its parameters and state.
 *
 * @param steps local steps taken
 * @param tokens tokens predicted in them
 * @param lossSum sum of their losses, in nats
 * @param seconds wall-clock time of the steps
 * @param learningRate of the last step
 * @param gradientNorms sum of the gradients' norms before clipping; not a number where nothing is
 *     clipped
 * @param engine what it computed with: versions of the natives, processor, device; nothing where
 *     Java alone decides what comes out
 */
public record WorkerResult(
    long steps,
    long tokens,
    double lossSum,
    double seconds,
    double learningRate,
    double gradientNorms,
    Map<String, String> engine) {}
