package io.chorale.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * For which settings a key is read, as its comment in {@code reference.yaml} says: <em>Read where
 * model.kind is lstm, gru or rnn and train.schedule is step,</em> or <em>is not step.</em> No
 * condition means everywhere.
 *
 * @param conditions which all must hold
 */
record ReadWhere(List<Condition> conditions) {
  private static final Pattern SENTENCE = Pattern.compile("Read where (.*?)\\.(?: |$)");
  private static final Pattern CONDITION = Pattern.compile("([a-z0-9.-]+) is ([a-z0-9, -]+)");
  private static final String SET = "set";
  private static final String NOT = "not ";
  private static final String NOT_SET = "not set";

  /**
   * A condition: a key has one of these values, or none of them.
   *
   * @param values as YAML writes them; an empty one means that the key is not set, none at all that
   *     it is set to whatever
   * @param none whether it must have none of them
   */
  record Condition(String key, List<String> values, boolean none) {
    boolean holds(String value) {
      return values.isEmpty() ? !value.isEmpty() : values.contains(value) != none;
    }

    @Override
    public String toString() {
      List<String> shown = values.isEmpty() ? List.of(SET) : values;
      return key
          + (none ? " is not " : " is ")
          + oneOf(shown.stream().map(ReadWhere::shown).toList());
    }
  }

  /** A value as messages have it. */
  static String shown(String value) {
    return value.isEmpty() ? NOT_SET : value;
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
        conditions.add(condition(condition.group(1), condition.group(2)));
      }
    }
    return new ReadWhere(conditions);
  }

  private static Condition condition(String key, String stated) {
    if (stated.equals(SET)) {
      return new Condition(key, List.of(), false);
    }
    if (stated.equals(NOT_SET)) {
      return new Condition(key, List.of(""), false);
    }
    boolean none = stated.startsWith(NOT);
    String values = none ? stated.substring(NOT.length()) : stated;
    return new Condition(key, List.of(values.split(", | or ")), none);
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
        .filter(condition -> !condition.holds(value.apply(condition.key())))
        .findFirst();
  }
}
