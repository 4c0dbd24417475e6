package io.chorale.embed;

import io.chorale.io.FloatVector;

/**
 * The result of some local steps of skip-gram.
 *
 * @param rows after the last step
 * @param tokens of the text that was read
 * @param pairs of a word and a word of its context
 * @param lossSum of all pairs, each with its negatives, in nats
 */
public record SkipGramResult(FloatVector rows, long tokens, long pairs, double lossSum) {}
