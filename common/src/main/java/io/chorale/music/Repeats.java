package io.chorale.music;

import java.util.ArrayList;
import java.util.List;

/**
 * Plays repeats out. A part goes back to its begin, {@code |:}, or, without one, to the last end of
 * a repeat or double bar line, or to the begin of the tune (ABC standard 2.1, section 4.8).
 */
final class Repeats {
  /** More is no tune, but a few signs that ask for millions of notes. */
  private static final int MOST_SOUNDS = 100_000;

  private final List<Mark> marks;
  private final List<Mark.Sound> played = new ArrayList<>();
  private int begin;
  private int turn = 1;

  private Repeats(List<Mark> marks) {
    this.marks = marks;
  }

  /**
   * The notes and rests in the order in which they are played.
   *
   * @throws AbcException where they are too many
   */
  static List<Mark.Sound> play(List<Mark> marks) {
    Repeats repeats = new Repeats(withoutDoubleBarsInside(marks));
    repeats.play();
    return repeats.played;
  }

  /** Between {@code |:} and its end, a double bar line is one like any other. */
  private static List<Mark> withoutDoubleBarsInside(List<Mark> marks) {
    List<Mark> kept = new ArrayList<>();
    boolean inside = false;
    for (Mark mark : marks) {
      Mark read = mark;
      if (mark instanceof Mark.Bar bar) {
        if (bar.begins() || bar.back() > 0) {
          inside = bar.begins();
        } else if (inside) {
          read = new Mark.Bar(0, false, false);
        }
      }
      kept.add(read);
    }
    return kept;
  }

  private void play() {
    int at = 0;
    while (at < marks.size()) {
      Mark mark = marks.get(at);
      if (mark instanceof Mark.Sound sound) {
        if (played.size() == MOST_SOUNDS) {
          throw new AbcException(1, "more than %,d notes".formatted(MOST_SOUNDS));
        }
        played.add(sound);
        at++;
      } else if (mark instanceof Mark.Ending ending) {
        at = ending.turns().contains(turn) ? at + 1 : afterEnding(at);
      } else {
        at = pass((Mark.Bar) mark, at);
      }
    }
  }

  /** Where it goes on after a bar line. */
  private int pass(Mark.Bar bar, int at) {
    if (bar.back() > 0 && turn < turns(bar, at)) {
      turn++;
      return begin;
    }
    if (endsPart(bar)) {
      begin = afterLastEnding(at);
      turn = 1;
      return begin;
    }
    return at + 1;
  }

  /** Where the next part begins: of the one that ends here, endings of earlier turns may follow. */
  private int afterLastEnding(int end) {
    int at = end + 1;
    while (turn > 1 && at < marks.size() && marks.get(at) instanceof Mark.Ending) {
      at++;
      while (at < marks.size() && !(marks.get(at) instanceof Mark.Bar bar && endsPart(bar))) {
        at++;
      }
      at = Math.min(at + 1, marks.size());
    }
    return at;
  }

  private static boolean endsPart(Mark.Bar bar) {
    return bar.back() > 0 || bar.begins() || bar.ends();
  }

  /** How often the part is played that a bar line ends: as its endings say, if it has any. */
  private int turns(Mark.Bar bar, int end) {
    int most = bar.back() + 1;
    boolean endings = false;
    // Endings may follow the first of several ends.
    for (int i = begin; i < marks.size() && (i <= end || endings); i++) {
      if (marks.get(i) instanceof Mark.Ending ending) {
        endings = true;
        most = Math.max(most, ending.turns().stream().mapToInt(Integer::intValue).max().orElse(1));
      } else if (i > end && marks.get(i) instanceof Mark.Sound) {
        break;
      }
    }
    return most;
  }

  /** Where a turn goes on that leaves an ending out: at its own ending, or after the part. */
  private int afterEnding(int at) {
    for (int i = at + 1; i < marks.size(); i++) {
      Mark mark = marks.get(i);
      if (mark instanceof Mark.Ending ending && ending.turns().contains(turn)) {
        return i + 1;
      }
      if (mark instanceof Mark.Bar bar && endsPart(bar)) {
        boolean another = i + 1 < marks.size() && marks.get(i + 1) instanceof Mark.Ending;
        if (!another) {
          return i;
        }
      }
    }
    return marks.size();
  }
}
