package io.chorale.duplicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StarTest {
  @Test
  void aBucketOfAnySizeIsConnectedAndNoMemberHasManyEdges() {
    for (int members : new int[] {1, 2, Star.MEMBERS, Star.MEMBERS + 1, 100_000}) {
      Star star = new Star();
      UnionFind sets = new UnionFind(1 << 18);
      Map<Long, Integer> degrees = new HashMap<>();
      int edges = 0;
      for (long member = 0; member < members; member++) {
        if (star.add(5, member)) {
          sets.join(member, star.end());
          degrees.merge(member, 1, Integer::sum);
          degrees.merge(star.end(), 1, Integer::sum);
          edges++;
        }
      }
      assertEquals(members - 1, edges);
      int[] ofTheFirst = {0};
      sets.forEach(
          (id, least) -> {
            assertEquals(0, least);
            ofTheFirst[0]++;
          });
      assertEquals(members - 1, ofTheFirst[0]);
      int most = degrees.values().stream().mapToInt(Integer::intValue).max().orElse(0);
      int bound = Star.MEMBERS - 1 + members / Star.MEMBERS;
      assertTrue(most <= bound, () -> "%d edges, at most %d".formatted(most, bound));
    }
  }

  @Test
  void bucketsAreNotConnected() {
    Star star = new Star();
    assertFalse(star.add(0, 1));
    assertTrue(star.add(0, 2));
    assertEquals(1, star.end());
    assertFalse(star.add(7, 3));
    assertTrue(star.add(7, 4));
    assertEquals(3, star.end());
  }
}
