package io.chorale.registry;

import io.chorale.config.RegistrySettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Says which versions a registry keeps: the newest ones, and of these the young ones; whatever its
 * number and age, what an alias names.
 *
 * @param keep the newest versions that stay; 0 for all
 * @param days the age from which on they go; 0 for any
 */
public record Retention(int keep, int days) {
  /** The rule that settings state. */
  public static Retention of(RegistrySettings settings) {
    return new Retention(settings.keep(), settings.keepDays());
  }

  /** The versions that go, by rising number. */
  List<Long> due(State state, Instant now) {
    List<Long> due = new ArrayList<>();
    int size = state.versions().size();
    for (int i = 0; i < size; i++) {
      State.Entry entry = state.versions().get(i);
      boolean many = keep > 0 && i < size - keep;
      boolean old =
          days > 0 && Instant.parse(entry.created()).isBefore(now.minus(Duration.ofDays(days)));
      if ((many || old) && i < size - 1 && state.aliasesOf(entry.number()).isEmpty()) {
        due.add(entry.number());
      }
    }
    return due;
  }

  @Override
  public String toString() {
    return "registry.keep %d, registry.keep-days %d".formatted(keep, days);
  }
}
