package io.chorale.jobs.command;

import io.chorale.chat.Chat;
import io.chorale.chat.Conversation;
import io.chorale.config.SettingsException;
import io.chorale.task.LanguageModel;
import io.chorale.token.Tokenizer;
import java.util.Optional;

/**
 * Prompts of a model that has learned answers, as the ids at whose end it is asked for one.
 *
 * @param messages whether a prompt is a list of messages; else it is one of the user
 */
record ChatPrompts(Chat chat, boolean messages) {
  /** Those of a model; nothing where it has learned none. */
  static Optional<ChatPrompts> of(LanguageModel model, Tokenizer tokenizer, boolean messages) {
    return model.chat(tokenizer).map(chat -> new ChatPrompts(chat, messages));
  }

  /**
   * The ids of a prompt.
   *
   * @throws SettingsException where it is none that the template takes
   */
  int[] ids(String prompt) {
    try {
      return chat.prompt(messages ? Conversation.parse(prompt) : Conversation.of(prompt));
    } catch (Conversation.UnfitException e) {
      throw new SettingsException(
          "Cannot answer a prompt: %s, expected %s. Correct it."
              .formatted(
                  e.getMessage(),
                  messages ? "a list of messages as JSON" : "a text that the chat template takes"),
          e);
    }
  }
}
