package io.chorale.data;

import java.lang.ref.SoftReference;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The shards that this JVM read lately, so that the next round of a worker does not read them
 * again. Holds a bounded number of bytes, and gives them up where memory is short.
 */
final class ShardCache {
  /** An eighth of the heap: models and Spark need the rest. */
  static final ShardCache SHARED = new ShardCache(Runtime.getRuntime().maxMemory() / 8);

  private final long capacity;
  private final Map<String, Held> held = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  private record Held(SoftReference<Shard> shard, long bytes) {}

  ShardCache(long capacity) {
    this.capacity = capacity;
  }

  /** What is held under a key, or else what is loaded; two threads may both load. */
  Shard get(String key, Supplier<Shard> loader) {
    Shard shard = find(key);
    if (shard == null) {
      shard = loader.get();
      put(key, shard);
    }
    return shard;
  }

  private synchronized Shard find(String key) {
    Held entry = held.get(key);
    return entry == null ? null : entry.shard().get();
  }

  private synchronized void put(String key, Shard shard) {
    Held before = held.remove(key);
    bytes += shard.bytes() - (before == null ? 0 : before.bytes());
    held.put(key, new Held(new SoftReference<>(shard), shard.bytes()));
    Iterator<Held> oldest = held.values().iterator();
    while (bytes > capacity && oldest.hasNext()) {
      bytes -= oldest.next().bytes();
      oldest.remove();
    }
  }
}
