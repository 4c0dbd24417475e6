package io.chorale.duplicate;

/**
 * Connects the members of a bucket, which come one after the other, by one edge each: to a leader,
 * which is the first member and then every 4,096th one, and leaders to the first.
 *
 * <p>So a bucket of any size is connected in constant memory, by one edge less than it has members,
 * and of m members none has more than 4,095 + m / 4,096 edges.
 */
public final class Star {
  /** Members of a leader, itself included. */
  public static final int MEMBERS = 4096;

  private boolean begun;
  private long bucket;
  private long first;
  private long leader;
  private long end;
  private long count;

  /**
   * Adds a member.
   *
   * @param key of the bucket; members of one come together
   * @param member its id
   * @return whether it has an edge, to {@link #end}: all but the first of a bucket have
   */
  public boolean add(long key, long member) {
    if (!begun || key != bucket) {
      begun = true;
      bucket = key;
      first = member;
      leader = member;
      count = 1;
      return false;
    }
    if (count % MEMBERS == 0) {
      leader = member;
      end = first;
    } else {
      end = leader;
    }
    count++;
    return true;
  }

  /** The other end of the edge of the member that was added last. */
  public long end() {
    return end;
  }
}
