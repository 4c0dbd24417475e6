package io.chorale.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.chorale.io.Utf8;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Messages in their order, each with a role and, as a rule, a content. Other keys of a message,
 * such as {@code tool_calls}, are kept for the template.
 *
 * @param messages as JSON has them: maps, lists, strings, numbers, truth values and nulls
 */
public record Conversation(List<Map<String, Object>> messages) {
  static final String ROLE = "role";
  static final String CONTENT = "content";
  static final String ASSISTANT = "assistant";

  /**
   * Roles of which a template makes control tokens, as in {@code '<|' + role + '|>'}. Any other is
   * a text like those of users.
   */
  private static final Set<String> ROLES =
      Set.of("system", "developer", "user", ASSISTANT, "tool", "ipython", "function");

  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  /** Why messages are no conversation. */
  public static final class UnfitException extends Exception {
    private static final long serialVersionUID = 1L;

    UnfitException(String found) {
      super(found, null, false, false);
    }
  }

  public Conversation {
    messages = List.copyOf(messages);
  }

  /** A question, or one with its answer. */
  public static Conversation of(String prompt, String... answer) {
    List<Map<String, Object>> messages = new ArrayList<>();
    messages.add(message("user", prompt));
    for (String text : answer) {
      messages.add(message(ASSISTANT, text));
    }
    return new Conversation(messages);
  }

  private static Map<String, Object> message(String role, String content) {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put(ROLE, role);
    message.put(CONTENT, content);
    return message;
  }

  /**
   * Reads a list of messages.
   *
   * @throws UnfitException where it is none
   */
  public static Conversation parse(String json) throws UnfitException {
    List<?> list;
    try {
      list = MAPPER.readValue(json, List.class);
    } catch (JsonProcessingException e) {
      throw new UnfitException("no list of messages");
    }
    if (list == null || list.isEmpty()) {
      throw new UnfitException("no messages");
    }
    if (list.size() > Text.MOST_TURNS) {
      throw new UnfitException(
          "%d messages, expected at most %d".formatted(list.size(), Text.MOST_TURNS));
    }
    List<Map<String, Object>> messages = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      if (!(list.get(i) instanceof Map<?, ?> map)
          || !(map.get(ROLE) instanceof String role)
          || role.isBlank()) {
        throw new UnfitException("no role in message " + (i + 1));
      }
      Map<String, Object> message = new LinkedHashMap<>();
      map.forEach((key, value) -> message.put(key.toString(), value));
      messages.add(message);
    }
    return new Conversation(messages);
  }

  /**
   * Whether an answer is there to be learned: a message of the assistant with a content or a call.
   */
  public boolean isAnswered() {
    return messages.stream()
        .anyMatch(
            message ->
                ASSISTANT.equals(message.get(ROLE))
                    && (!blank(message.get(CONTENT)) || !blank(message.get("tool_calls"))));
  }

  private static boolean blank(Object value) {
    return value == null
        || value instanceof String text && text.isBlank()
        || value instanceof List<?> list && list.isEmpty();
  }

  /** The texts of the contents, one below the other. */
  public String text() {
    List<String> texts = new ArrayList<>();
    messages.forEach(message -> collect(message.get(CONTENT), texts));
    return String.join("\n", texts);
  }

  /** The texts of a content: a string, or a list of parts with a text each. */
  private static void collect(Object content, List<String> texts) {
    if (content instanceof String text) {
      texts.add(text);
    } else if (content instanceof List<?> parts) {
      parts.forEach(part -> collect(part, texts));
    } else if (content instanceof Map<?, ?> part) {
      collect(part.get("text"), texts);
    }
  }

  /** The same with other texts in the places of all strings but roles. */
  public Conversation mapped(UnaryOperator<String> change) {
    return new Conversation(
        messages.stream()
            .map(
                message -> {
                  Map<String, Object> changed = new LinkedHashMap<>();
                  message.forEach(
                      (key, value) ->
                          changed.put(key, key.equals(ROLE) ? value : changed(value, change)));
                  return changed;
                })
            .collect(Collectors.toList()));
  }

  private static Object changed(Object value, UnaryOperator<String> change) {
    if (value instanceof String text) {
      return change.apply(text);
    }
    if (value instanceof List<?> list) {
      List<Object> all = new ArrayList<>();
      list.forEach(one -> all.add(changed(one, change)));
      return all;
    }
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> all = new LinkedHashMap<>();
      map.forEach((key, one) -> all.put(key, changed(one, change)));
      return all;
    }
    return value;
  }

  /** The first fault of its texts, in words; empty where they have none. */
  public Optional<String> fault() {
    List<String> faults = new ArrayList<>();
    mapped(
        text -> {
          if (text.indexOf('\0') >= 0) {
            faults.add("a text with NUL");
          } else if (Utf8.exactLength(text) < 0) {
            faults.add("a text with a lone surrogate");
          }
          return text;
        });
    return faults.stream().findFirst();
  }

  /** The messages as a template sees them; those of the assistant know their turns. */
  List<Object> values() {
    List<Object> values = new ArrayList<>();
    int turn = 0;
    for (Map<String, Object> message : messages) {
      Object role = message.get(ROLE);
      int mark = ASSISTANT.equals(role) ? Text.turn(++turn) : 0;
      Map<String, Object> given = new LinkedHashMap<>();
      message.forEach((key, value) -> given.put(key, Values.given(value)));
      if (ROLES.contains(role)) {
        given.put(ROLE, Text.of(role.toString()));
      }
      values.add(new Message(given, mark));
    }
    return values;
  }

  /** Characters of all texts, about. */
  long size() {
    long[] size = {0};
    mapped(
        text -> {
          size[0] += text.length();
          return text;
        });
    return size[0];
  }
}
