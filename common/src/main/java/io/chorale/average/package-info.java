/**
 * What workers send after a round, and what becomes of it: codecs, weighted mean or rows by Adasum,
 * outer step.
 */
package io.chorale.average;
