package io.chorale.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * For which settings a key is read, as its comment in {@code reference.yaml} says: <em>Read where
 * model.kind is lstm, gru or rnn and train.schedule is step.</em> No condition means everywhere.
 *
 * @param conditions which all must hold
 */
record ReadWhere(List<Condition> conditions) {
  private static final Pattern SENTENCE = Pattern.compile("Read where (.*?)\\.(?: |$)");
  private static final Pattern CONDITION = Pattern.compile("([a-z0-9.-]+) is ([a-z0-9, -]+)");
  private static final String NOT_SET = "not set";

  /**
   * A condition: a key has one of these values.
   *
   * @param values as YAML writes them; an empty one means that the key is not set
   */
  record Condition(String key, List<String> values) {
    @Override
    public String toString() {
      return key + " is " + oneOf(values.stream().map(v -> v.isEmpty() ? NOT_SET : v).toList());
    }
  }

  /** {@code a, b or c}. */
  static String oneOf(List<String> names) {
    int last = names.size() - 1;
    return last == 0
        ? names.get(0)
        : String.join(", ", names.subList(0, last)) + " or " + names.get(last);
  }

  /** The condition that a comment states. */
  static ReadWhere in(String comment) {
    List<Condition> conditions = new ArrayList<>();
    Matcher sentence = SENTENCE.matcher(comment);
    if (sentence.find()) {
      for (String part : sentence.group(1).split(" and ")) {
        Matcher condition = CONDITION.matcher(part);
        if (!condition.matches()) {
          throw new IllegalArgumentException("no condition: " + part);
        }
        String values = condition.group(2);
        conditions.add(
            new Condition(
                condition.group(1),
                values.equals(NOT_SET) ? List.of("") : List.of(values.split(", | or "))));
      }
    }
    return new ReadWhere(conditions);
  }

  /** Both. */
  ReadWhere and(ReadWhere other) {
    List<Condition> all = new ArrayList<>(conditions);
    all.addAll(other.conditions);
    return new ReadWhere(all);
  }

  /**
   * The first condition that does not hold.
   *
   * @param value of each key
   */
  Optional<Condition> unmet(UnaryOperator<String> value) {
    return conditions.stream()
        .filter(condition -> !condition.values().contains(value.apply(condition.key())))
        .findFirst();
  }
}
