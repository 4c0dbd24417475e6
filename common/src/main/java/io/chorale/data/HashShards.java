package io.chorale.data;

import java.io.Serializable;

/**
 * Deals documents to the shards of a split by ranges of their hash, such that shards are about
 * equally long. Depends on how many tokens each range holds, on nothing else.
 *
 * <p>No shard is empty: where the documents are too few (or one too long) for that many shards,
 * there are fewer.
 */
public final class HashShards implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int[] shardOfBucket;
  private final int count;

  /**
   * @param bucketTokens tokens of the documents in each of the {@link DocumentHash#BUCKETS} ranges
   * @param most shards at most
   */
  public HashShards(long[] bucketTokens, int most) {
    if (bucketTokens.length != DocumentHash.BUCKETS || most < 1) {
      throw new IllegalArgumentException(
          "there must be %d ranges and at least 1 shard (got: %d and %d)"
              .formatted(DocumentHash.BUCKETS, bucketTokens.length, most));
    }
    double total = 0;
    for (long tokens : bucketTokens) {
      total += tokens;
    }
    shardOfBucket = new int[bucketTokens.length];
    long before = 0;
    long last = -1;
    int shard = -1;
    for (int bucket = 0; bucket < bucketTokens.length; bucket++) {
      long tokens = bucketTokens[bucket];
      if (tokens > 0) {
        long ideal = (long) ((before + tokens / 2.0) / total * most);
        if (ideal > last) {
          last = ideal;
          shard++;
        }
      }
      shardOfBucket[bucket] = shard;
      before += tokens;
    }
    count = shard + 1;
  }

  /** Shards there are; 0 where there are no tokens. */
  public int count() {
    return count;
  }

  /** The shard of a document that was counted. */
  public int shard(DocumentHash hash) {
    return shardOfBucket[hash.bucket()];
  }
}
