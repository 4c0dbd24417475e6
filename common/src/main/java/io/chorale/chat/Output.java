package io.chorale.chat;

/** Collects the text that a template writes, with the marks that hold for it. */
final class Output {
  private final Text.Builder text = new Text.Builder();
  private final Scope.Budget budget;
  private int marks;

  Output(Scope.Budget budget) {
    this.budget = budget;
  }

  void write(Text more) {
    budget.spend(1L + more.length());
    text.add(more, marks);
  }

  /** Marks all that is written from now on. */
  int mark(int more) {
    int before = marks;
    marks |= more;
    return before;
  }

  /** Marks what is written from now on as it was before. */
  void restore(int before) {
    marks = before;
  }

  Text text() {
    return text.text();
  }
}
