package io.chorale.chat;

import io.chorale.token.ChatTemplate;
import io.chorale.token.Tokenizer;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Writes conversations as ids, by the template of a tokenizer, and says which of these a model
 * learns: the answers. Immutable, and shared by threads.
 *
 * <p>Answers are what the template marks by {@code {% generation %}}. Of one that does not, an
 * answer is what it writes in a loop over the messages for one of the assistant, but for the header
 * with which it would ask for an answer, and for white space behind the control token that ends the
 * turn.
 */
public final class Chat {
  private static final String HEADER = "add_generation_prompt";

  private final Tokenizer tokenizer;
  private final ChatTemplate stated;
  private final Template template;
  private final Map<String, Object> names;
  private final Segments segments;
  private final String header;

  /**
   * A conversation as ids.
   *
   * @param answers of each whether it is learned
   */
  public record Encoded(int[] ids, boolean[] answers) {
    /** How many are learned. */
    public int learned() {
      int count = 0;
      for (boolean answer : answers) {
        count += answer ? 1 : 0;
      }
      return count;
    }
  }

  private Chat(Tokenizer tokenizer, ChatTemplate chat) {
    this.tokenizer = tokenizer;
    this.template = Template.of(chat.source());
    this.segments = new Segments(tokenizer);
    this.names = new HashMap<>();
    this.stated = new ChatTemplate(chat.source(), tokens(tokenizer, chat), chat.date());
    stated.tokens().forEach((name, value) -> names.put(name, Text.of(value)));
    names.put("tools", Values.NONE);
    names.put("documents", Values.NONE);
    if (!chat.date().isEmpty()) {
      names.put("strftime_now", Globals.calendar(LocalDate.parse(chat.date())));
    }
    this.header = header();
  }

  /**
   * The writer of a tokenizer's conversations; nothing where it has no template.
   *
   * @throws io.chorale.config.SettingsException where its template cannot be read
   */
  public static Optional<Chat> of(Tokenizer tokenizer) {
    return tokenizer
        .chatTemplate()
        .map(
            chat -> {
              try {
                return new Chat(tokenizer, chat);
              } catch (TemplateException e) {
                throw ChatTemplates.unfit("the chat template of the tokenizer", e);
              }
            });
  }

  /** The template, with all tokens that it knows by name. */
  public ChatTemplate template() {
    return stated;
  }

  /** The tokens that the template knows by name: as exports name them, where nobody else does. */
  private static Map<String, String> tokens(Tokenizer tokenizer, ChatTemplate chat) {
    if (!chat.tokens().isEmpty()) {
      return chat.tokens();
    }
    Map<String, String> tokens = new HashMap<>();
    tokenizer.controlTokens().stream()
        .filter(token -> token.id() == tokenizer.endOfText())
        .forEach(
            token -> {
              tokens.put("bos_token", token.spelled());
              tokens.put("eos_token", token.spelled());
            });
    return tokens;
  }

  /** The generation prompt, which asks for an answer; empty where the template has none. */
  private String header() {
    try {
      Conversation question = Conversation.of("a");
      String asked = render(question, true).toString();
      String plain = render(question, false).toString();
      return asked.startsWith(plain) ? asked.substring(plain.length()) : "";
    } catch (TemplateException e) {
      return "";
    }
  }

  private Text render(Conversation conversation, boolean asks) {
    Map<String, Object> values = new HashMap<>(names);
    values.put("messages", conversation.values());
    values.put(HEADER, asks);
    return template.render(values, conversation.size());
  }

  /**
   * The text of a conversation.
   *
   * @param asks whether an answer is asked for at its end
   * @throws Conversation.UnfitException where the template makes none of it
   */
  public String text(Conversation conversation, boolean asks) throws Conversation.UnfitException {
    return rendered(conversation, asks).toString();
  }

  private Text rendered(Conversation conversation, boolean asks)
      throws Conversation.UnfitException {
    try {
      return render(conversation, asks);
    } catch (TemplateException e) {
      throw new Conversation.UnfitException("the template finds " + e.getMessage());
    }
  }

  /** The ids of a conversation at whose end an answer is asked for. */
  public int[] prompt(Conversation conversation) throws Conversation.UnfitException {
    return segments.of(rendered(conversation, true), new TreeSet<>()).stream()
        .mapToInt(Segments.Placed::id)
        .toArray();
  }

  /**
   * The ids of a conversation with the end-of-text id last, which is learned where no control token
   * ends the last answer.
   */
  public Encoded encode(Conversation conversation) throws Conversation.UnfitException {
    Text text = rendered(conversation, false);
    List<Text.Span> answers = answers(text);
    TreeSet<Integer> borders = new TreeSet<>();
    answers.forEach(answer -> borders.addAll(List.of(answer.from(), answer.to())));
    List<Segments.Placed> tokens = segments.of(text, borders);
    boolean[] learned = new boolean[tokens.size() + 1];
    int first = 0;
    for (Text.Span answer : answers) {
      int from = answer.from();
      int to = template.generates() ? answer.to() : end(text, answer, tokens);
      while (first < tokens.size() && tokens.get(first).to() <= from) {
        first++;
      }
      for (int i = first; i < tokens.size() && tokens.get(i).from() < to; i++) {
        learned[i] = true;
      }
    }
    return ended(tokens, learned);
  }

  private Encoded ended(List<Segments.Placed> tokens, boolean[] learned) {
    int count = tokens.size();
    int[] ids = tokens.stream().mapToInt(Segments.Placed::id).toArray();
    if (count > 0 && ids[count - 1] == tokenizer.endOfText()) {
      return new Encoded(ids, Arrays.copyOf(learned, count));
    }
    learned[count] = count > 0 && learned[count - 1] && !tokens.get(count - 1).control();
    return new Encoded(tokenizer.ended(ids), learned);
  }

  private List<Text.Span> answers(Text text) {
    if (template.generates()) {
      return text.runs(at -> text.isGenerated(at) ? 1 : 0);
    }
    List<Text.Span> answers = new ArrayList<>();
    for (Text.Span turn : text.runs(text::turnAt)) {
      int from = turn.from();
      while (from < turn.to()
          && from - turn.from() < header.length()
          && !text.isGiven(from)
          && text.at(from) == header.charAt(from - turn.from())) {
        from++;
      }
      if (from < turn.to()) {
        answers.add(new Text.Span(from, turn.to()));
      }
    }
    return answers;
  }

  /** The end of an answer: behind its last control token, where nothing but white space follows. */
  private static int end(Text text, Text.Span answer, List<Segments.Placed> tokens) {
    int end = answer.to();
    while (end > answer.from() && !text.isGiven(end - 1) && Values.isSpace(text.at(end - 1))) {
      end--;
    }
    int last = end;
    return tokens.stream().anyMatch(token -> token.control() && token.to() == last)
        ? end
        : answer.to();
  }

  /** The ids at which an answer ends: the end of the text, and the control token of a turn. */
  public Set<Integer> ends() {
    Set<Integer> ends = new TreeSet<>(Set.of(tokenizer.endOfText()));
    try {
      Text text = render(Conversation.of("a", "b"), false);
      List<Text.Span> answers = answers(text);
      if (!answers.isEmpty()) {
        Text.Span last = answers.get(answers.size() - 1);
        List<Segments.Placed> tokens = segments.of(text, new TreeSet<>());
        int end = end(text, last, tokens);
        tokens.stream()
            .filter(token -> token.control() && token.to() == end && token.from() >= last.from())
            .forEach(token -> ends.add(token.id()));
      }
    } catch (TemplateException e) {
      // A template that takes no such conversation: the end of the text is all that is known.
      return ends;
    }
    return ends;
  }
}
