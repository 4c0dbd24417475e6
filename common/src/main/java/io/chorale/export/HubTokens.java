package io.chorale.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.checkpoint.SourceFolder;
import io.chorale.data.Column;
import io.chorale.task.LanguageModel;
import io.chorale.token.ChatTemplate;
import io.chorale.token.ControlToken;
import io.chorale.token.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The tokens with which a model's texts begin and end, as other tools ask for them: its own, or
 * those of the published model that it began from.
 */
final class HubTokens {
  private static final String BOS = "bos_token_id";
  private static final String EOS = "eos_token_id";

  private final ExportedModel model;
  private final Optional<Tokenizer> tokenizer;
  private final Optional<Integer> end;
  private final Optional<SourceFolder> source;
  private final Optional<HubConfig> published;

  HubTokens(ExportedModel model) {
    this.model = model;
    this.tokenizer = model.trained().tokenizer(Column.TEXT);
    this.end = tokenizer.map(Tokenizer::endOfText);
    this.source = SourceFolder.of(model.directory());
    this.published =
        source.map(
            folder -> new HubConfig(folder.file(SourceFolder.CONFIG).orElseThrow(), model.name()));
  }

  /** The tokenizer of the texts that are read. */
  Optional<Tokenizer> tokenizer() {
    return tokenizer;
  }

  /** The token that ends a text. */
  Optional<Integer> end() {
    return end;
  }

  /** What the folder of a published model says that it began from. */
  Optional<HubConfig> published() {
    return published;
  }

  /**
   * What is kept of the published model that it began from, where that holds for it as well: it
   * writes no conversations by a template of its own, and its texts end as there.
   */
  Optional<SourceFolder> kept() {
    return source.filter(
        folder -> ownTemplate().isEmpty() && endsAt(published.orElseThrow().at(EOS)));
  }

  private boolean endsAt(JsonNode ends) {
    boolean found = ends.isMissingNode() || isEnd(ends);
    for (JsonNode each : ends) {
      found |= isEnd(each);
    }
    return found;
  }

  private boolean isEnd(JsonNode id) {
    return id.isInt() && end.equals(Optional.of(id.intValue()));
  }

  /** How it has learned that conversations are written. */
  private Optional<ChatTemplate> ownTemplate() {
    return tokenizer.flatMap(Tokenizer::chatTemplate);
  }

  /** How it writes a conversation, else the published model that it began from. */
  Optional<String> chatTemplate() {
    return ownTemplate().map(ChatTemplate::source).or(() -> source.flatMap(SourceTemplate::of));
  }

  /** The ids that stand before a text that it goes on from; mostly none. */
  int[] begin() {
    return model.trained().begin();
  }

  /**
   * The id of the token that is said to begin a text: that of the published model or of its own
   * template, the one that stands before texts, or else the one that ends them.
   */
  Optional<Integer> bos() {
    return kept()
        .map(folder -> published.orElseThrow().at(BOS))
        .filter(JsonNode::isInt)
        .map(JsonNode::intValue)
        .or(() -> ownTemplate().flatMap(chat -> id(chat.tokens().get("bos_token"))))
        .or(() -> Arrays.stream(begin()).boxed().findFirst())
        .or(() -> end);
  }

  private Optional<Integer> id(String spelled) {
    return tokenizer.stream()
        .flatMap(known -> known.controlTokens().stream())
        .filter(token -> token.spelled().equals(spelled))
        .map(ControlToken::id)
        .findFirst();
  }

  /** The ids beside the end-of-text id at which answers end, where the model has learned such. */
  Set<Integer> endsOfTurns() {
    Set<Integer> ends = new TreeSet<>();
    if (model.trained().task() instanceof LanguageModel written) {
      tokenizer.ifPresent(known -> ends.addAll(written.ends(known)));
      end.ifPresent(ends::remove);
    }
    return ends;
  }

  /**
   * Says with which ids texts begin and end: with none where there are none, as those that are left
   * out would be other tokens.
   */
  void addTo(ObjectNode config) {
    bos().ifPresentOrElse(id -> config.put(BOS, id), () -> config.putNull(BOS));
    end.ifPresentOrElse(id -> config.put(EOS, id), () -> config.putNull(EOS));
    if (!endsOfTurns().isEmpty()) {
      ArrayNode ends = config.putArray(EOS);
      end.ifPresent(ends::add);
      endsOfTurns().forEach(ends::add);
    }
    if (kept().isPresent()) {
      for (String key : List.of(BOS, EOS, "pad_token_id")) {
        JsonNode theirs = published.orElseThrow().at(key);
        if (!theirs.isMissingNode()) {
          config.set(key, theirs);
        }
      }
    }
  }
}
