package io.chorale.jobs.tokenize;

import io.chorale.chat.ChatTemplates;
import io.chorale.config.CorpusSettings;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.config.Sources;
import io.chorale.config.TokenizerSettings;
import io.chorale.corpus.Document;
import io.chorale.data.Dataset;
import io.chorale.io.Storage;
import io.chorale.token.ChatTemplate;
import io.chorale.token.Tokenizers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The tokenizers of a corpus: none where it has no text, one that text and target share, or one of
 * each.
 *
 * @param all in the order of their columns
 */
record CorpusTokenizers(List<One> all) {
  private static final String FILE = "tokenizer.file";
  private static final String TARGET_FILE = "tokenizer.target-file";

  /**
   * A tokenizer that is given, or to be trained.
   *
   * @param file it becomes in the dataset
   * @param columns that it encodes
   * @param key of the setting that may name it
   * @param settings by which it is trained
   * @param given the bytes of the file that the settings name; empty where they name none
   * @param made that of the dataset which is added to; empty where one is made
   * @param byWord whether it looks words up as they stand
   * @param chat how conversations are written; empty where there are none
   */
  record One(
      String file,
      List<String> columns,
      String key,
      TokenizerSettings settings,
      Optional<byte[]> given,
      Optional<byte[]> made,
      boolean byWord,
      Optional<ChatTemplates.Chosen> chat) {
    /** Its bytes, where it need not be trained. */
    Optional<byte[]> json() {
      return made.or(() -> given);
    }

    /** The bytes of a tokenizer with the template by which conversations are written. */
    byte[] withChat(byte[] json) {
      return chat.map(chosen -> chosen.in(json, file)).orElse(json);
    }

    /** The same for a corpus of conversations. */
    private One of(ChatTemplates.Chosen chosen) {
      Optional<byte[]> written = given.map(json -> chosen.in(json, settings.file()));
      return new One(file, columns, key, settings, written, made, byWord, Optional.of(chosen));
    }

    private One of(Dataset dataset) {
      byte[] json = dataset.tokenizers().get(file);
      if (json == null) {
        return this;
      }
      String name = dataset.directory() + "/" + file;
      return new One(
          file,
          columns,
          key,
          settings,
          given,
          Optional.of(json),
          CorpusTokenizers.byWord(json, name),
          chat);
    }
  }

  /**
   * Those that the settings ask for.
   *
   * @throws SettingsException where a file cannot be read, or is none that the corpus can do with
   */
  static CorpusTokenizers of(Storage storage, Settings settings) {
    CorpusSettings corpus = Sources.of(settings).columns();
    TokenizerSettings tokenizer = settings.tokenizer();
    String published = settings.model().from();
    if (!published.isEmpty() && tokenizer.file().isEmpty()) {
      throw new SettingsException(
          "tokenizer.file must be %s where model.from is, whose tokenizer its model reads (got: nothing)"
              .formatted(published));
    }
    List<String> columns = new ArrayList<>();
    if (!corpus.textField().isEmpty()) {
      columns.add(Document.TEXT);
    }
    if (!corpus.targetField().isEmpty()) {
      columns.add(Document.TARGET);
    }
    List<One> all = new ArrayList<>();
    if (columns.size() == 2 && tokenizer.separate()) {
      all.add(one(storage, Dataset.TOKENIZER, columns.subList(0, 1), tokenizer, FILE));
      TokenizerSettings targets = tokenizer.ofTargets();
      all.add(one(storage, Dataset.TARGET_TOKENIZER, columns.subList(1, 2), targets, TARGET_FILE));
    } else if (!columns.isEmpty()) {
      all.add(one(storage, Dataset.TOKENIZER, columns, tokenizer, FILE));
    }
    CorpusTokenizers tokenizers = new CorpusTokenizers(all);
    if (!corpus.tagsField().isEmpty()) {
      tokenizers.checkTagged(settings);
    }
    if (corpus.hasAnswers()) {
      return tokenizers.withChat(storage, settings);
    }
    if (!settings.chat().equals(SettingsFile.defaults().chat())) {
      throw new SettingsException(
          "Keys of chat are read where corpus.answer-field is set or corpus.text-type is messages. Remove them, or set one of these.");
    }
    return tokenizers;
  }

  private CorpusTokenizers withChat(Storage storage, Settings settings) {
    One text = all.get(0);
    Optional<ChatTemplate> known =
        text.given().flatMap(json -> Tokenizers.load(json, text.settings().file()).chatTemplate());
    ChatTemplates.Chosen chosen =
        ChatTemplates.of(
            storage,
            settings.chat(),
            settings.tokenizer().file(),
            known,
            Sources.of(settings).all().stream()
                .anyMatch(one -> one.corpus().textType() == CorpusSettings.TextType.MESSAGES));
    List<One> changed = new ArrayList<>(all);
    changed.set(0, text.of(chosen));
    return new CorpusTokenizers(changed);
  }

  private static One one(
      Storage storage, String file, List<String> columns, TokenizerSettings settings, String key) {
    Tokenizers.check(settings);
    Optional<byte[]> given = Optional.ofNullable(Tokenizers.given(storage, settings, key));
    // Fails here where it is damaged, not later on an executor.
    boolean byWord =
        given
            .map(json -> byWord(json, settings.file()))
            .orElse(settings.kind() == TokenizerSettings.Kind.WORDS);
    return new One(
        file,
        List.copyOf(columns),
        key,
        settings,
        given,
        Optional.empty(),
        byWord,
        Optional.empty());
  }

  private static boolean byWord(byte[] json, String name) {
    return Tokenizers.load(json, name).words().isPresent();
  }

  /** Those of a dataset that is added to, which it has already. */
  CorpusTokenizers of(Dataset dataset) {
    return new CorpusTokenizers(all.stream().map(one -> one.of(dataset)).toList());
  }

  /** Refuses a tokenizer that gives a word of the text another number of ids than one. */
  private void checkTagged(Settings settings) {
    if (!byWord().contains(Document.TEXT)) {
      throw new SettingsException(
          settings.tokenizer().file().isEmpty()
              ? "tokenizer.kind must be words where corpus.tags-field is set (got: %s)"
                  .formatted(SettingsFile.value(settings, "tokenizer.kind"))
              : "Cannot use tokenizer %s: it cuts words, expected one with an id for every word, since corpus.tags-field is set. Take another one, or train one with tokenizer.kind: words."
                  .formatted(settings.tokenizer().file()));
    }
  }

  /** The columns whose words are looked up as they stand. */
  Set<String> byWord() {
    Set<String> columns = new HashSet<>();
    all.stream().filter(One::byWord).forEach(one -> columns.addAll(one.columns()));
    return Set.copyOf(columns);
  }

  /** The files of the columns, by their names. */
  Map<String, String> files() {
    Map<String, String> files = new HashMap<>();
    all.forEach(one -> one.columns().forEach(column -> files.put(column, one.file())));
    return files;
  }
}
