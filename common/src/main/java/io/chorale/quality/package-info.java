/**
 * The quality of documents: everything that published rules ask is counted once for each document,
 * in one pass over its text, and judged afterwards by thresholds that may change.
 *
 * <p>{@link io.chorale.quality.Meter} counts, {@link io.chorale.quality.Rules} judge, {@link
 * io.chorale.quality.LineFilter} cuts lines out of what stays.
 */
package io.chorale.quality;
