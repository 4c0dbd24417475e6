package io.chorale.chat;

import io.chorale.chat.Values.Callable;
import io.chorale.chat.Values.Namespace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A loop of a template. What it writes for a message of the assistant is that message's turn.
 *
 * @param names that each entry is bound to; several where entries are lists of as many
 * @param filter which entries count; null for all
 * @param otherwise what runs where none does
 */
record Loop(
    List<String> names, Expression all, Expression filter, Statement body, Statement otherwise)
    implements Statement {
  @Override
  public End run(Scope scope, Output out) {
    List<Object> items = new ArrayList<>();
    for (Object item : Values.items(all.value(scope))) {
      scope.budget().spend(1);
      if (filter == null || Values.isTrue(filter.value(bound(scope, item)))) {
        items.add(item);
      }
    }
    if (items.isEmpty()) {
      return otherwise.run(scope.inner(), out);
    }
    for (int at = 0; at < items.size(); at++) {
      scope.budget().spend(1);
      Scope inside = bound(scope, items.get(at));
      inside.set("loop", state(items, at));
      int before = out.mark(items.get(at) instanceof Message message ? message.mark() : 0);
      End end = body.run(inside, out);
      out.restore(before);
      if (end == End.BREAK) {
        break;
      }
    }
    return End.DONE;
  }

  private Scope bound(Scope scope, Object item) {
    Scope inside = scope.inner();
    bind(names, item, inside);
    return inside;
  }

  /** Binds a value to a name, or those of a list to several. */
  static void bind(List<String> names, Object value, Scope scope) {
    if (names.size() == 1) {
      scope.set(names.get(0), value);
      return;
    }
    List<Object> values = Values.items(value);
    if (values.size() != names.size()) {
      throw new TemplateException("%d values for %d names".formatted(values.size(), names.size()));
    }
    for (int i = 0; i < names.size(); i++) {
      scope.set(names.get(i), values.get(i));
    }
  }

  private static Namespace state(List<Object> items, int at) {
    int count = items.size();
    Map<String, Object> state = new HashMap<>();
    state.put("index", at + 1L);
    state.put("index0", (long) at);
    state.put("revindex", (long) count - at);
    state.put("revindex0", count - at - 1L);
    state.put("first", at == 0);
    state.put("last", at == count - 1);
    state.put("length", (long) count);
    if (at > 0) {
      state.put("previtem", items.get(at - 1));
    }
    if (at < count - 1) {
      state.put("nextitem", items.get(at + 1));
    }
    Callable cycle =
        arguments ->
            arguments.placed().isEmpty()
                ? Text.EMPTY
                : arguments.placed().get(at % arguments.placed().size());
    state.put("cycle", cycle);
    return new Namespace(state);
  }
}
