/**
 * Skip-gram with negative sampling in plain Java: word vectors trained by local steps that are pure
 * functions, and the average of rows that several workers moved.
 */
package io.chorale.embed;
