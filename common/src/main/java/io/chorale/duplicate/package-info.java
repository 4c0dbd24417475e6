/**
 * Near-duplicate texts: MinHash signatures of word n-grams, the bands by which similar ones meet,
 * and the clusters that their pairs make.
 */
package io.chorale.duplicate;
