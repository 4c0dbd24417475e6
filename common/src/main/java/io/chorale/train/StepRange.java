package io.chorale.train;

import java.io.Serializable;

/**
 * The local steps of one round.
 *
 * @param firstStep place of the first one in the learning-rate schedule, from 0
 * @param firstBatch its batch: local steps that this worker has taken in the whole run
 * @param count local steps to take
 */
public record StepRange(long firstStep, long firstBatch, long count) implements Serializable {}
