package io.chorale.music;

/** Reads lengths, by the unit, the metre, tuplets and broken rhythm. Each object reads a tune. */
final class Rhythm {
  private static final int SHORTEST = 1 << 16;
  private static final int MOST_BROKEN = 3;

  private Fraction unit;
  private Metre metre;

  // A tuplet: notes that are left of it, and what their lengths are times.
  private int left;
  private Fraction tuplet = Fraction.ONE;

  // What broken rhythm makes of the note to come: never its length.
  private Fraction broken = Fraction.ONE;

  Rhythm(Fraction unit, Metre metre) {
    this.unit = unit;
    this.metre = metre;
  }

  Fraction unit() {
    return unit;
  }

  void change(Fraction otherUnit) {
    unit = otherUnit;
  }

  void change(Metre other) {
    metre = other;
  }

  /** Whether a tuplet or broken rhythm asks for a note. */
  boolean awaitsNote() {
    return left > 0 || isBroken();
  }

  private boolean isBroken() {
    return !broken.equals(Fraction.ONE);
  }

  /** What follows a note: {@code 3}, {@code /2}, {@code 3/2}, {@code //}. */
  Fraction multiple(AbcLine line) {
    int over = line.whole(1);
    int under = 1;
    while (line.pass('/')) {
      under *= line.whole(2);
      if (under > SHORTEST) {
        throw line.refused("a note that is too short");
      }
    }
    if (over < 1 || under < 1) {
      throw line.refused("a note without length");
    }
    return new Fraction(over, under);
  }

  /**
   * The length of the note that comes, in whole notes, which is that many units if nothing changes
   * it.
   */
  Fraction next(Fraction units) {
    Fraction length = unit.times(units).times(broken);
    broken = Fraction.ONE;
    if (left > 0) {
      left--;
      length = length.times(tuplet);
    }
    return length;
  }

  /** The length of bars, in whole notes: {@code Z4}. */
  Fraction bars(AbcLine line) {
    int bars = line.whole(1);
    Fraction bar = metre.bar().orElseThrow(() -> line.refused("bars of rest without a metre"));
    if (bars < 1) {
      throw line.refused("no bars of rest");
    }
    return bar.times(new Fraction(bars, 1));
  }

  /**
   * Reads broken rhythm, which changes the note before it and the one after: {@code a>b} is {@code
   * a3/2b/2}.
   *
   * @param after whether a note is before it
   * @return what the length of the note before it is times
   */
  Fraction breaks(AbcLine line, boolean after) {
    char sign = line.sign();
    int count = 0;
    while (count < MOST_BROKEN && line.pass(sign)) {
      count++;
    }
    if (!after || isBroken()) {
      throw line.refused("broken rhythm without a note before it");
    }
    Fraction shorter = new Fraction(1, 1L << count);
    Fraction longer = new Fraction((2L << count) - 1, 1L << count);
    broken = sign == '>' ? shorter : longer;
    return sign == '>' ? longer : shorter;
  }

  /** Reads what follows the bracket of a tuplet: {@code 3}, {@code 3:2:3}. */
  void beginTuplet(AbcLine line) {
    int notes = line.whole(0);
    int time = line.pass(':') ? line.whole(0) : 0;
    int covered = line.pass(':') ? line.whole(0) : 0;
    if (notes < 2 || notes > 9 || left > 0) {
      throw line.refused("a tuplet of " + notes + ", or one inside another");
    }
    tuplet = new Fraction(time > 0 ? time : usualTime(notes), notes);
    left = covered > 0 ? covered : notes;
  }

  /** In the time of how many notes a tuplet is played (ABC standard 2.1, section 4.13). */
  private int usualTime(int notes) {
    return switch (notes) {
      case 2, 4, 8 -> 3;
      case 3, 6 -> 2;
      default -> metre.compound() ? 3 : 2;
    };
  }
}
