package io.chorale.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ShardCacheTest {
  private final ShardCache cache = new ShardCache(100);
  private final List<String> loaded = new ArrayList<>();

  @Test
  void holdsTheLatestThatFit() {
    Shard a = get("a", 40);
    assertSame(a, get("a", 40));
    get("b", 40);
    assertSame(a, get("a", 40));
    // Over the capacity: b was used longest ago.
    get("c", 40);
    assertSame(a, get("a", 40));
    get("b", 40);
    assertEquals(List.of("a", "b", "c", "b"), loaded);
  }

  @Test
  void whatNeverFitsIsLoadedEachTime() {
    get("large", 102);
    get("large", 102);
    get("small", 100);
    get("small", 100);
    assertEquals(List.of("large", "large", "small"), loaded);
  }

  private Shard get(String key, int bytes) {
    return cache.get(
        key,
        () -> {
          loaded.add(key);
          return new Shard("a shard", 1, Map.of("text", new IdCells(tokens(bytes), new int[0])));
        });
  }

  private static Tokens tokens(int bytes) {
    return Tokens.narrow(new short[bytes / Short.BYTES]);
  }
}
