/**
 * Word vectors as values: a vocabulary with counts, the rows of a long float vector that hold one
 * vector each, character n-grams, and the files of word2vec, fastText and safetensors.
 */
package io.chorale.vectors;
