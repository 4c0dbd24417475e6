/**
 * From files to batches: reading the corpus, dealing documents to splits and shards, the dataset on
 * disk, and the batches that a worker trains on.
 */
package io.chorale.data;
