/**
 * From documents to batches: dealing documents to splits and shards, the dataset on disk, and the
 * batches that a worker trains on.
 *
 * <p>A dataset comes about in this order: {@link io.chorale.data.DocumentHash} and {@link
 * io.chorale.data.HashShards}, or {@link io.chorale.data.TailLayout}, say where each document goes;
 * {@link io.chorale.data.ShardWriter} writes a shard, {@link io.chorale.data.DatasetManifest} all
 * that the shards are. Then {@link io.chorale.data.ShardPlan} gives each worker its shards, and a
 * {@link io.chorale.data.Feed} its batches.
 */
package io.chorale.data;
