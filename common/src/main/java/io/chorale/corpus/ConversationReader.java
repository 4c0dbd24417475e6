package io.chorale.corpus;

import io.chorale.chat.Conversation;
import java.util.Optional;

/** Reads conversations: lists of messages, or prompts with their answers. */
final class ConversationReader {
  private final FieldReader values;

  ConversationReader(FieldReader values) {
    this.values = values;
  }

  /**
   * Messages, as a text of JSON.
   *
   * @param answered whether one of them must be an answer
   */
  Field messages(Raw raw, boolean answered) throws Unfit {
    if (raw instanceof Raw.Nothing) {
      throw new Unfit(Rejection.Reason.NO_TEXT, "");
    }
    Rejection.Reason bad = Rejection.Reason.BAD_MESSAGES;
    String json = values.text(values.string(raw, bad, "messages"), bad).toString();
    try {
      Conversation conversation = Conversation.parse(json);
      Optional<String> fault = conversation.fault();
      if (fault.isPresent()) {
        throw new Unfit(bad, fault.get());
      }
      if (answered && !conversation.isAnswered()) {
        throw new Unfit(Rejection.Reason.NO_ANSWER, "no message of the assistant with a content");
      }
      return new Field.Messages(conversation);
    } catch (Conversation.UnfitException e) {
      throw new Unfit(bad, e.getMessage());
    }
  }

  /** A prompt with its answer. */
  Field pair(Raw prompt, Raw answer) throws Unfit {
    Field asked = values.text(prompt, Rejection.Reason.NO_TEXT, Rejection.Reason.NO_TEXT);
    Field given = values.text(answer, Rejection.Reason.NO_ANSWER, Rejection.Reason.NO_ANSWER);
    return new Field.Messages(Conversation.of(asked.toString(), given.toString()));
  }
}
