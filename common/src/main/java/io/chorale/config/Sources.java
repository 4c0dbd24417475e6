package io.chorale.config;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The sources of a corpus, in the order of the settings. A source is the section {@code corpus}
 * with the keys changed that {@code corpus.sources} has for it; without that key the section itself
 * is the only one.
 */
public record Sources(List<Source> all) {
  /** The name of a corpus' only source. */
  public static final String ONLY = "corpus";

  private static final String KEY = "corpus.sources";

  /** Keys that hold for all sources together. */
  private static final Set<String> OF_ALL = Set.of("max-rejected");

  public Sources {
    all = List.copyOf(all);
  }

  /**
   * A source.
   *
   * @param settings all of them, as they are for this source
   */
  public record Source(String name, Settings settings) {
    /** How it is read. */
    public CorpusSettings corpus() {
      return settings.corpus();
    }
  }

  /**
   * The sources that the settings name.
   *
   * @throws SettingsException where one of them cannot be, or not beside the others
   */
  public static Sources of(Settings settings) {
    Sections sections = settings.corpus().sources();
    if (sections.names().isEmpty()) {
      return new Sources(List.of(new Source(ONLY, settings)));
    }
    List<Source> all = new ArrayList<>();
    sections.names().forEach(name -> all.add(new Source(name, settings(settings, name))));
    Sources sources = new Sources(all);
    sources.checkColumns();
    return sources;
  }

  /** The settings with the values of a source instead of those of the corpus. */
  private static Settings settings(Settings settings, String name) {
    Map<String, Object> changed = settings.corpus().sources().byName().get(name);
    for (String key : OF_ALL) {
      if (changed.containsKey(key)) {
        throw new SettingsException(
            "%s.%s must not change %s, which is of all sources together. Set corpus.%s."
                .formatted(KEY, name, key, key));
      }
    }
    ObjectNode tree = Binding.tree(settings);
    ObjectNode corpus = (ObjectNode) tree.get(ONLY);
    ObjectNode stated = (ObjectNode) corpus.get("sources").get(name);
    corpus.set("sources", JsonNodeFactory.instance.objectNode());
    corpus.setAll(stated);
    try {
      Settings own = Binding.settings(tree);
      Check.that(
          !own.corpus().hasSteps(),
          "corpus.time-field",
          "empty: steps are of one source",
          own.corpus().timeField());
      return own;
    } catch (SettingsException e) {
      throw new SettingsException("%s.%s: %s".formatted(KEY, name, e.getMessage()), e);
    }
  }

  /**
   * The settings with other values of some keys of a source.
   *
   * @param values by key without its section: texts, lists of them, maps of them
   */
  public static Settings with(Settings settings, String source, Map<String, Object> values) {
    ObjectNode tree = Binding.tree(settings);
    ObjectNode corpus = (ObjectNode) tree.get(ONLY);
    boolean only = settings.corpus().sources().names().isEmpty();
    ObjectNode own = only ? corpus : (ObjectNode) corpus.get("sources").get(source);
    values.forEach((key, value) -> own.set(key, Binding.node(value)));
    return Binding.settings(tree);
  }

  /** A row has a cell of each column, whatever source it is of. */
  private void checkColumns() {
    for (Source source : all) {
      Set<String> missing = columns(columns());
      missing.removeAll(columns(source.corpus()));
      Set<String> more = columns(source.corpus());
      more.removeAll(columns(columns()));
      if (!missing.isEmpty() || !more.isEmpty()) {
        throw new SettingsException(
            "Cannot use %s: %s and %s differ in %s, expected the same columns of all sources. Name a field for each of them in every source, or in none."
                .formatted(
                    KEY,
                    all.get(0).name(),
                    source.name(),
                    String.join(", ", missing.isEmpty() ? more : missing)));
      }
    }
  }

  private static Set<String> columns(CorpusSettings corpus) {
    Collection<String> keys = corpus.fields().values();
    Set<String> columns = new TreeSet<>(keys);
    if (keys.contains("corpus.label-field")) {
      columns.add("corpus.label-type: " + Binding.name(corpus.labelType()));
    }
    if (corpus.hasAnswers()) {
      // Prompts with answers and messages become the same columns.
      columns.remove("corpus.answer-field");
      columns.add("answers (corpus.answer-field or corpus.text-type)");
    }
    return columns;
  }

  /** Settings that tell which columns the corpus has: every source has the same. */
  public CorpusSettings columns() {
    return all.get(0).corpus();
  }

  /** A source, by its place in their order. */
  public Source get(int number) {
    return all.get(number);
  }

  /** The names, in order. */
  public List<String> names() {
    return all.stream().map(Source::name).toList();
  }

  /** The settings of each source by its name, in order. */
  public Map<String, CorpusSettings> byName() {
    Map<String, CorpusSettings> byName = new LinkedHashMap<>();
    all.forEach(source -> byName.put(source.name(), source.corpus()));
    return byName;
  }
}
