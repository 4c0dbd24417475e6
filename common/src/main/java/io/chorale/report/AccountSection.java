package io.chorale.report;

import io.chorale.corpus.Account;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Draws what became of each source of the corpus: what was kept, and why the rest was not. */
final class AccountSection {
  private final Optional<Account> account;

  AccountSection(Optional<Account> account) {
    this.account = account;
  }

  void draw(Html html) {
    account.ifPresent(known -> draw(html, known));
  }

  private static void draw(Html html, Account account) {
    Map<String, Account.OfSource> sources = account.sources();
    html.element(
        "p",
        "Every record that was read is a document of the dataset, or stands below the reason why it is not.");
    Set<String> reasons = new LinkedHashSet<>();
    sources.values().forEach(of -> reasons.addAll(of.reasons().keySet()));
    List<String> heads = new ArrayList<>(List.of("source", "read", "kept", "share kept"));
    heads.addAll(reasons);
    heads.add("damaged files");
    List<Table.Line> lines = new ArrayList<>();
    sources.forEach((name, of) -> lines.add(line(name, of, reasons)));
    Table.scrolled(html, "Account", heads, lines);
    runs(html, account.additions(), heads, reasons);
  }

  /** Draws a row for each run, where there is more than the first one. */
  private static void runs(
      Html html, List<Account.Addition> additions, List<String> heads, Set<String> reasons) {
    if (additions.size() == 1) {
      return;
    }
    html.element(
        "p",
        "The first run made the dataset; each later one has added what was new. A file that has changed is read again, and what the dataset had of it is counted as known.");
    List<String> ofRuns = new ArrayList<>(heads);
    ofRuns.set(0, "run");
    List<Table.Line> lines = new ArrayList<>();
    for (int number = 0; number < additions.size(); number++) {
      String name = number == 0 ? "first" : "addition " + number;
      additions.get(number).all().ifPresent(of -> lines.add(line(name, of, reasons)));
    }
    Table.scrolled(html, "Runs", ofRuns, lines);
  }

  private static Table.Line line(String name, Account.OfSource of, Set<String> reasons) {
    List<String> cells = new ArrayList<>();
    cells.add(name);
    cells.add(Figures.of(of.read().documents()));
    cells.add(Figures.of(of.kept().documents()));
    cells.add(Figures.percent(of.kept().documents() / (double) Math.max(1, of.read().documents())));
    for (String reason : reasons) {
      Account.Amount amount = of.reasons().get(reason);
      cells.add(amount == null ? "" : Figures.of(amount.documents()));
    }
    cells.add(
        of.damaged().files() == 0
            ? ""
            : "%s (%s bytes)"
                .formatted(Figures.of(of.damaged().files()), Figures.of(of.damaged().bytes())));
    return new Table.Line(Double.NaN, cells);
  }
}
