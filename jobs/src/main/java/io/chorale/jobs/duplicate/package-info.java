/**
 * Copies among the documents of a corpus, found by their hashes and signatures: no text is
 * shuffled.
 */
package io.chorale.jobs.duplicate;
