/**
 * Skip-gram with negative sampling in plain Java: word vectors trained by local steps that are pure
 * functions, and the word vectors of a run.
 */
package io.chorale.embed;
