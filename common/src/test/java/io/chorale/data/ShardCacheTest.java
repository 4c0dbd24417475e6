package io.chorale.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShardCacheTest {
  private final ShardCache cache = new ShardCache(100);
  private final List<String> loaded = new ArrayList<>();

  @Test
  void holdsTheLatestThatFit() {
    Tokens a = get("a", 20);
    assertSame(a, get("a", 20));
    get("b", 20);
    assertSame(a, get("a", 20));
    // Over the capacity: b was used longest ago.
    get("c", 20);
    assertSame(a, get("a", 20));
    get("b", 20);
    assertEquals(List.of("a", "b", "c", "b"), loaded);
  }

  @Test
  void whatNeverFitsIsLoadedEachTime() {
    get("large", 51);
    get("large", 51);
    get("small", 50);
    get("small", 50);
    assertEquals(List.of("large", "large", "small"), loaded);
  }

  private Tokens get(String key, int tokens) {
    return cache.get(
        key,
        () -> {
          loaded.add(key);
          return Tokens.narrow(new short[tokens]);
        });
  }
}
