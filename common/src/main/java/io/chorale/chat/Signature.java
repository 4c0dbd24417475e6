package io.chorale.chat;

import io.chorale.chat.Values.Arguments;
import io.chorale.chat.Values.Callable;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The parameters of a filter, test or function, in their order. Arguments beyond these are refused:
 * without them it would give something else than it was asked for.
 *
 * @param name of what is called, for messages
 */
record Signature(String name, List<String> parameters) {
  static Signature of(String name, String... parameters) {
    return new Signature(name, List.of(parameters));
  }

  /** A function whose arguments have the places of its parameters. */
  Callable calling(Callable function) {
    return arguments -> function.call(bound(arguments));
  }

  /** The arguments in the places of the parameters; null for one that is not given. */
  Arguments bound(Arguments given) {
    check(given.placed().size(), given.named().keySet());
    Object[] bound = given.placed().toArray(new Object[parameters.size()]);
    given.named().forEach((parameter, value) -> bound[parameters.indexOf(parameter)] = value);
    return new Arguments(Arrays.asList(bound), given.named());
  }

  /** Refuses arguments that there are no parameters for, and such as are given twice. */
  void check(int placed, Set<String> named) {
    if (placed > parameters.size()) {
      throw new TemplateException(
          "%d arguments of %s, expected at most %d".formatted(placed, name, parameters.size()));
    }
    for (String each : named) {
      if (parameters.indexOf(each) < placed) {
        throw new TemplateException(
            "the argument %s of %s, which is %s"
                .formatted(each, name, parameters.contains(each) ? "given twice" : "not known"));
      }
    }
  }
}
