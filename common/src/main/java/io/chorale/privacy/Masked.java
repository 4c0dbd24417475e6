package io.chorale.privacy;

import java.util.Map;

/**
 * A text in which personal data is masked.
 *
 * @param counts how often something of a kind was masked; kinds of which nothing was are left out
 */
public record Masked(String text, Map<Privacy.Kind, Integer> counts) {
  public Masked {
    counts = Map.copyOf(counts);
  }
}
