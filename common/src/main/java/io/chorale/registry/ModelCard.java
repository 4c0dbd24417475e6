package io.chorale.registry;

import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;

/** Writes a model card in Markdown: what is known of a version, and nothing that is not. */
final class ModelCard {
  private final StringBuilder text = new StringBuilder();

  private ModelCard() {}

  /**
   * The card.
   *
   * @param settings those that are not the defaults, by key
   */
  static String of(Version version, SortedMap<String, String> settings) {
    ModelCard card = new ModelCard();
    card.line("# %s, version %d", version.model(), version.number());
    card.line("");
    card.line("| | |");
    card.line("|---|---|");
    card.row("task", version.task());
    card.row("created", version.created() + " by " + version.by());
    card.row("parent", version.parent() == 0 ? "none" : "version " + version.parent());
    card.row("origin", "%s, round %d".formatted(version.origin().run(), version.origin().round()));
    Version.Measured measured = version.measured();
    card.table(
        "Measures",
        measured.values().isEmpty()
            ? "The model was not evaluated at this checkpoint."
            : "On the %s split of its dataset. Better is %s %s."
                .formatted(measured.split(), measured.higher() ? "more" : "less", measured.goal()),
        measured.values());
    card.table("Data", "Fingerprints of what the model was trained on.", version.datasets());
    card.table("Settings", "Those that differ from the defaults.", settings);
    card.table("Provenance", "What trained it.", version.provenance());
    return card.text.toString();
  }

  private void table(String title, String sentence, Map<String, ?> rows) {
    line("");
    line("## %s", title);
    line("");
    line("%s", sentence);
    if (!rows.isEmpty()) {
      line("");
      line("| | |");
      line("|---|---|");
      rows.forEach((name, value) -> row(name, String.valueOf(value)));
    }
  }

  private void row(String name, String value) {
    line("| %s | %s |", name, cell(value));
  }

  /** On one line, and without what would end the cell or begin markup. */
  private static String cell(String value) {
    return value
        .replaceAll("\\p{Cntrl}", " ")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace("|", "\\|");
  }

  private void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
