package io.chorale.token;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Checks the model of a tokenizer.json as far as a damaged one would fail when it encodes a text,
 * or take it more than about linear time.
 */
final class ModelCheck {
  private static final int LONGEST_AFFIX = 100;

  // WordPiece takes time with the cube of a word's length, for words up to this one.
  private static final int LONGEST_WORD = 1000;

  // Unigram goes from each place of a text along all pieces that begin there, recursively.
  private static final int LONGEST_PIECE = 2000;
  private static final int LONGEST_CHAIN = 100_000;

  private final TokenizerFile file;
  private final Component model;

  private ModelCheck(TokenizerFile file) {
    this.file = file;
    this.model = new Component(file, "model", file.model());
  }

  /** Fails where the model is damaged or not understood. */
  static void check(TokenizerFile file) {
    new ModelCheck(file).check();
  }

  /** The kind of the model; old files do not say it. */
  static String type(TokenizerFile file) {
    JsonNode model = file.model();
    if (model.has("type")) {
      return model.path("type").asText();
    } else if (model.path("vocab").isArray()) {
      return "Unigram";
    } else if (model.has("merges")) {
      return "BPE";
    }
    return model.has("continuing_subword_prefix") ? "WordPiece" : "WordLevel";
  }

  private void check() {
    String type = type(file);
    if (file.model().path("vocab").isArray() != type.equals("Unigram")) {
      throw model.damaged("a vocabulary of another form", "its own");
    }
    switch (type) {
      case "BPE" -> checkBpe();
      case "WordPiece" -> {
        affix("continuing_subword_prefix");
        if (model.number("max_input_chars_per_word", 100) > LONGEST_WORD) {
          throw model.damaged("max_input_chars_per_word above " + LONGEST_WORD, "less");
        }
        checkUnknown(true);
      }
      case "WordLevel" -> checkUnknown(true);
      case "Unigram" -> {
        checkUnknown(true);
        checkPieces();
      }
      default -> throw model.unknown();
    }
  }

  private void checkUnknown(boolean needed) {
    JsonNode name = file.model().path("unk_token");
    JsonNode place = file.model().path("unk_id");
    boolean named = !name.isMissingNode() && !name.isNull();
    if (file.unknown().isPresent() || (!needed && (!named || hasAllBytes()))) {
      return;
    }
    String found = named ? "unk_token " + TokenizerFile.brief(name) : "no unk_token";
    if (type(file).equals("Unigram")) {
      found = "unk_id " + TokenizerFile.brief(place);
    }
    throw file.damaged(found, "a token of the vocabulary, for what is unknown");
  }

  /** Whether text comes as bytes, all of which the vocabulary has. */
  private boolean hasAllBytes() {
    boolean byteLevel = PipelineCheck.has(file.at("pre_tokenizer"), "ByteLevel");
    return byteLevel
        && IntStream.range(0, 256)
            .mapToObj(b -> String.valueOf(ByteAlphabet.character(b)))
            .allMatch(file.vocabulary()::containsKey);
  }

  private String affix(String key) {
    String affix = model.text(key, "");
    if (affix.length() > LONGEST_AFFIX) {
      throw model.damaged(key + " of " + affix.length() + " characters", "a few");
    }
    return affix;
  }

  private void checkBpe() {
    checkUnknown(false);
    affix("end_of_word_suffix");
    int prefix = affix("continuing_subword_prefix").getBytes(StandardCharsets.UTF_8).length;
    JsonNode merges = file.model().path("merges");
    if (!merges.isArray()) {
      throw model.damaged("no merges", "a list");
    }
    for (JsonNode merge : merges) {
      Merges.product(file, Merges.pair(file, merge), prefix);
    }
  }

  /** The pieces that begin with each other are what a place in a text may cost. */
  private void checkPieces() {
    String[] pieces = file.vocabulary().keySet().toArray(String[]::new);
    for (String piece : pieces) {
      if (piece.length() > LONGEST_PIECE) {
        throw model.damaged("a piece of " + piece.length() + " characters", "a few");
      }
    }
    Arrays.sort(pieces);
    // The pieces that the last one begins with are a stack.
    String[] stack = new String[LONGEST_PIECE + 2];
    int height = 0;
    long length = 0;
    for (String piece : pieces) {
      while (height > 0 && !piece.startsWith(stack[height - 1])) {
        length -= stack[--height].length();
      }
      stack[height++] = piece;
      length += piece.length();
      if (length > LONGEST_CHAIN) {
        throw model.damaged(
            "pieces that begin with each other up to " + TokenizerFile.brief(piece, 80), "fewer");
      }
    }
  }
}
