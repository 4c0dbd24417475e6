package io.chorale.token;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.ChoraleException;
import io.chorale.config.SettingsException;
import io.chorale.config.TokenizerSettings;
import io.chorale.io.Checksums;
import io.chorale.io.Storage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;

/** Training, loading and naming of tokenizers, all of them as bytes of a tokenizer.json. */
public final class Tokenizers {

  /** The control token that ends a document, in every tokenizer that Chorale trains. */
  public static final String END_OF_TEXT = "<|endoftext|>";

  /** What characters and words outside the vocabulary become. */
  public static final String UNKNOWN = "<unk>";

  static final int MOST_BYTES = 1 << 28;

  private Tokenizers() {}

  /**
   * Refuses, before a corpus is read, what training would refuse whatever the corpus is.
   *
   * @throws SettingsException where {@code tokenizer.pattern} can't be used
   */
  public static void check(TokenizerSettings settings) {
    if (settings.kind() == TokenizerSettings.Kind.BPE && settings.file().isEmpty()) {
      Splitting.of(settings.pattern());
    }
  }

  /**
   * Trains a tokenizer that the settings ask for, from the counts of what {@link
   * PreTokenizer#of(TokenizerSettings)} cuts the corpus into.
   *
   * @return the bytes of a tokenizer.json; the same ones for the same settings and counts
   * @throws ChoraleException where its texts offer fewer entries than the vocabulary has
   */
  public static byte[] train(TokenizerSettings settings, Map<String, Long> counts) {
    return switch (settings.kind()) {
      case CHARACTERS -> CharacterTrainer.train(counts, settings.vocabulary());
      case WORDS -> WordTrainer.train(counts, settings.vocabulary());
      case BPE -> BpeTrainer.train(counts, settings.vocabulary(), settings.pattern());
    };
  }

  /**
   * The bytes of the file that the settings name, in which their token that ends a text is marked;
   * null where they name none.
   *
   * @param key of the file, for messages: {@code tokenizer.file}
   * @throws SettingsException where there is no such file, or no such token in it
   */
  public static byte[] given(Storage storage, TokenizerSettings settings, String key) {
    String file = settings.file();
    if (file.isEmpty()) {
      return null;
    }
    Path path = Storage.path(key, file);
    if (storage.exists(path) && storage.status(path).isDirectory()) {
      return new TokenizerFolder(storage, path, key).marked(settings);
    }
    if (!storage.exists(path)) {
      throw new SettingsException(
          "Cannot read tokenizer %s: %s, expected a tokenizer.json. Check %s."
              .formatted(file, Storage.absence(path), key));
    }
    return marked(storage.readFully(path, MOST_BYTES), settings);
  }

  /** The same bytes, or with a mark at the token that the settings name. */
  static byte[] marked(byte[] json, TokenizerSettings settings) {
    return settings.endOfText().isEmpty()
        ? json
        : EndOfText.mark(TokenizerFile.read(json, settings.file()), settings.endOfText());
  }

  /**
   * The tokenizer of a tokenizer.json.
   *
   * <p>Characters, words and byte-level bpe, of Chorale's training or any other of the same
   * structure, are encoded in Java; everything else by Hugging Face's own library, more slowly.
   * Which one it is never changes the ids, but for text that spells a control token: see {@link
   * Tokenizer#encode}.
   *
   * <p>Takes about a second for 100,000 entries, and may hold native memory until the JVM ends:
   * load a tokenizer once per JVM, and share it.
   *
   * @param json the bytes of the file
   * @param name what messages call it, such as its path
   * @throws ChoraleException where the bytes are damaged or not understood
   */
  public static Tokenizer load(byte[] json, String name) {
    TokenizerFile file = TokenizerFile.read(json, name);
    ModelCheck.check(file);
    return CharacterTokenizer.of(file)
        .or(() -> WordTokenizer.of(file))
        .or(() -> BytePairTokenizer.of(file))
        .orElseGet(() -> new DjlTokenizer(file));
  }

  /**
   * The bytes of a tokenizer.json that writes conversations by a template, whose control tokens are
   * its own or added to it.
   *
   * @param control tokens that a text cannot give
   * @param name of the file, for messages
   */
  public static byte[] withChat(
      byte[] json, ChatTemplate template, List<String> control, String name) {
    return Additions.withTemplate(Additions.withControl(json, control, name), template, name);
  }

  /**
   * The bytes of a tokenizer.json without its chat template, which other clients look for beside
   * it; the same where it has none.
   */
  public static byte[] withoutChat(byte[] json, String name) {
    return Additions.withoutTemplate(json, name);
  }

  /**
   * The bytes of a tokenizer.json that puts no tokens around a text, for models that have not read
   * texts so; the same where it puts none there.
   */
  public static byte[] withoutTokensAround(byte[] json, String name) {
    return PostProcessor.without(json, name);
  }

  /**
   * Whether a tokenizer.json gives every text the ids of another one, as a model of that needs it:
   * what it may have besides are control tokens, a chat template, and another mark of the token
   * that ends a text.
   */
  public static boolean extend(byte[] json, byte[] original) {
    return Additions.extend(
        TokenizerFile.read(json, "of the dataset"), TokenizerFile.read(original, "of the model"));
  }

  /**
   * The bytes of a tokenizer.json of BPE that merges a piece which is an entry, or does not.
   *
   * @param ignores whether it does not
   */
  public static byte[] ignoringMerges(byte[] json, boolean ignores) {
    ObjectNode root = TokenizerFile.read(json, "of the model").copy();
    root.withObject("/model").put("ignore_merges", ignores);
    return root.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** SHA-256 of the bytes of a tokenizer.json, as hexadecimal digits. */
  public static String fingerprint(byte[] json) {
    return Checksums.sha256(json);
  }
}
