package io.chorale.jobs.tokenize;

import io.chorale.chat.Chat;
import io.chorale.chat.Conversation;
import io.chorale.config.ChatSettings;
import io.chorale.corpus.Document;
import io.chorale.corpus.Field;
import io.chorale.corpus.Rejection;
import io.chorale.data.Column;
import io.chorale.data.Facts;
import io.chorale.data.Ids;
import io.chorale.data.Values;
import io.chorale.jobs.spark.SharedTokenizer;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Makes the cells of conversations: their ids, and which of these are answers.
 *
 * @param most tokens of a conversation; 0 for any number
 * @param cuts whether longer ones are cut, not refused
 */
record ConversationEncoder(SharedTokenizer tokenizer, int most, boolean cuts)
    implements Serializable {
  /** Parsed templates, as executors share tokenizers. */
  private static final Map<String, Chat> CHATS = new ConcurrentHashMap<>();

  /** Why a conversation is no row. */
  static final class UnfitException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Rejection.Reason reason;

    UnfitException(Rejection.Reason reason, String found) {
      super(found, null, false, false);
      this.reason = reason;
    }

    Rejection rejection(Document document) {
      return Rejection.of(document, reason, getMessage());
    }
  }

  static ConversationEncoder of(SharedTokenizer tokenizer, ChatSettings settings) {
    return new ConversationEncoder(
        tokenizer, settings.maxTokens(), settings.longer() == ChatSettings.Longer.CUT);
  }

  /** The columns that it makes. */
  List<Column> columns() {
    return List.of(
        Column.ids(Column.TEXT, tokenizer.get().vocabularySize()), Column.ids(Column.ANSWER, 2));
  }

  /** What is known of the text. */
  Facts facts() {
    return Facts.tokenizer(tokenizer.fingerprint());
  }

  /** The template of a tokenizer, parsed once in a process. */
  static Chat chat(SharedTokenizer tokenizer) {
    return CHATS.computeIfAbsent(
        tokenizer.fingerprint(), key -> Chat.of(tokenizer.get()).orElseThrow());
  }

  /** Adds the cells of a document. */
  void encode(Document document, Map<String, Values> cells) throws UnfitException {
    Conversation conversation = ((Field.Messages) document.field(Document.TEXT)).conversation();
    Chat.Encoded encoded;
    try {
      encoded = chat(tokenizer).encode(conversation);
    } catch (Conversation.UnfitException e) {
      throw new UnfitException(Rejection.Reason.BAD_MESSAGES, e.getMessage());
    }
    int length = encoded.ids().length;
    boolean longer = most > 0 && length > most;
    if (longer && !cuts) {
      throw new UnfitException(
          Rejection.Reason.MANY_TOKENS,
          "%,d tokens, chat.max-tokens is %,d".formatted(length, most));
    }
    int kept = longer ? most : length;
    int[] answers = new int[kept];
    Arrays.setAll(answers, i -> encoded.answers()[i] ? 1 : 0);
    if (Arrays.stream(answers).sum() == 0) {
      throw new UnfitException(
          longer ? Rejection.Reason.MANY_TOKENS : Rejection.Reason.NO_ANSWER,
          longer
              ? "no answer among its first %,d tokens".formatted(most)
              : "the template writes no answer");
    }
    cells.put(Column.TEXT, Ids.of(Arrays.copyOf(encoded.ids(), kept)));
    cells.put(Column.ANSWER, Ids.of(answers));
  }

  /**
   * The ids of what an answer is asked for: of messages, or of a prompt.
   *
   * @throws UnfitException where the template makes no text of it
   */
  static Values prompt(SharedTokenizer tokenizer, Field field) throws UnfitException {
    Conversation conversation =
        field instanceof Field.Messages messages
            ? messages.conversation()
            : Conversation.of(field.toString());
    try {
      return Ids.of(chat(tokenizer).prompt(conversation));
    } catch (Conversation.UnfitException e) {
      throw new UnfitException(Rejection.Reason.BAD_MESSAGES, e.getMessage());
    }
  }
}
