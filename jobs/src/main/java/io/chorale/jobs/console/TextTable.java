package io.chorale.jobs.console;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** A table as a terminal shows it: each column as wide as its widest cell. */
public final class TextTable {
  private static final String GAP = "  ";

  private final List<String> heads = new ArrayList<>();
  private final List<Boolean> right = new ArrayList<>();
  private final List<List<String>> rows = new ArrayList<>();

  /** Adds a column whose cells begin below its head. */
  public TextTable left(String head) {
    return column(head, false);
  }

  /** Adds a column whose cells end below its head: numbers. */
  public TextTable right(String head) {
    return column(head, true);
  }

  private TextTable column(String head, boolean end) {
    heads.add(head);
    right.add(end);
    return this;
  }

  /** Adds a row with a cell for each column; null, for what there is none of, is shown as "-". */
  public void row(Object... cells) {
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      // Texts of people are among them: a line break or what moves the cursor is none of a table's.
      row.add(cell == null ? "-" : cell.toString().replaceAll("\\p{Cntrl}", " ").strip());
    }
    rows.add(row);
  }

  /** Whether it has no rows. */
  public boolean isEmpty() {
    return rows.isEmpty();
  }

  /** Prints heads and rows; without heads where all of them are empty. */
  public void print(PrintWriter out) {
    int[] widths = new int[heads.size()];
    List<List<String>> all = new ArrayList<>();
    if (heads.stream().anyMatch(head -> !head.isEmpty())) {
      all.add(heads);
    }
    all.addAll(rows);
    for (List<String> row : all) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : all) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String blanks = " ".repeat(widths[i] - row.get(i).length());
        line.append(right.get(i) ? blanks + row.get(i) : row.get(i) + blanks).append(GAP);
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
