package io.chorale.music;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the notes of a tune. Each object reads one. */
final class AbcBody {
  /** Semitones above C of the letters A to G. */
  private static final int[] SEMITONES = {9, 11, 0, 2, 4, 5, 7};

  /** C without octave marks: the middle one. */
  private static final int MIDDLE_C = 60;

  private static final int OCTAVE = 12;

  /** Signs of one character before a note that decorate it. */
  private static final String DECORATIONS = ".~HLMOPSTuv";

  /** Signs that lay out the page. */
  private static final String LAYOUT = " \t`*$\\";

  private final AbcHeader header;
  private final List<Mark> marks = new ArrayList<>();

  // Accidentals of this bar by letter: they hold in every octave (ABC standard 2.1, section 11.3).
  private final Map<Character, Integer> inBar = new HashMap<>();
  private Key key;
  private Optional<Fraction> metre;
  private boolean compound;
  private Fraction unit;
  private String line = "";
  private int number;
  private int at;

  // A tuplet: notes that are left of it, and what their lengths are times.
  private int tupletLeft;
  private Fraction tuplet = Fraction.ONE;

  // The note that was read last, before its accidental, and that; a tie carries it into the next
  // bar.
  private int written;
  private int raised;

  // What broken rhythm makes of the note to come; null where there is none.
  private Fraction broken;

  AbcBody(AbcHeader header) {
    this.header = header;
    this.key = header.key();
    this.metre = header.metre();
    this.compound = header.compound();
    this.unit = header.unit();
  }

  /** The notes, bar lines and endings as they are written. */
  List<Mark> read() {
    for (int i = 0; i < header.body().size(); i++) {
      number = header.firstLine() + i;
      line = AbcHeader.withoutComment(header.body().get(i));
      at = 0;
      if (AbcHeader.isField(line)) {
        field(line.charAt(0), line.substring(2).strip());
        continue;
      }
      while (at < line.length()) {
        element();
      }
    }
    if (broken != null || tupletLeft > 0) {
      throw new AbcException(Math.max(1, number), "an end where a note should follow");
    }
    return marks;
  }

  private void field(char name, String value) {
    switch (name) {
      case 'K' -> key = AbcHeader.key(value, number);
      case 'L' -> unit = AbcHeader.ratio(value, number);
      case 'M' -> {
        AbcHeader.Metre changed = AbcHeader.metre(value, number);
        metre = changed.bar();
        compound = changed.compound();
      }
      case 'V' -> throw new AbcException(number, "a voice, of which only one is played");
      case 'X' -> throw new AbcException(number, "the begin of another tune");
      default -> {
        // Words, parts, remarks: nothing is heard of them.
      }
    }
  }

  private void element() {
    char sign = line.charAt(at);
    if (LAYOUT.indexOf(sign) >= 0 || DECORATIONS.indexOf(sign) >= 0) {
      at++;
    } else if (isPitch(sign)) {
      sound(pitch());
    } else if (sign == 'z' || sign == 'x') {
      at++;
      sound(Note.REST);
    } else {
      other(sign);
    }
  }

  private void other(char sign) {
    switch (sign) {
      case '|', ':' -> bar();
      case '[' -> bracket();
      case '"' -> skip('"');
      case '{' -> skip('}');
      case '!', '+' -> decoration(sign);
      case '(' -> open();
      case ')' -> at++;
      case 'Z' -> barsOfRest();
      case 'y' -> {
        at++;
        whole(0);
      }
      case '>', '<' -> brokenRhythm(sign);
      default -> throw unknown();
    }
  }

  private AbcException unknown() {
    return new AbcException(number, "\"" + AbcHeader.shown(line.substring(at)) + "\"");
  }

  private static boolean isPitch(char sign) {
    return "^_=".indexOf(sign) >= 0 || isLetter(sign);
  }

  private static boolean isLetter(char sign) {
    return (sign >= 'A' && sign <= 'G') || (sign >= 'a' && sign <= 'g');
  }

  private char sign() {
    return at < line.length() ? line.charAt(at) : '\0';
  }

  /** Accidentals, letter, octave marks. */
  private int pitch() {
    int from = at;
    while ("^_=".indexOf(sign()) >= 0 && at < line.length()) {
      at++;
    }
    String marked = line.substring(from, at);
    if (!isLetter(sign()) || !marked.matches("|=|\\^{1,2}|_{1,2}")) {
      at = from;
      throw unknown();
    }
    char sign = line.charAt(at++);
    char letter = Character.toUpperCase(sign);
    int pitch = MIDDLE_C + SEMITONES[letter - 'A'] + (sign == letter ? 0 : OCTAVE);
    while (sign() == '\'' || sign() == ',') {
      pitch += sign() == '\'' ? OCTAVE : -OCTAVE;
      at++;
    }
    if (!marked.isEmpty()) {
      inBar.put(letter, Key.accidental(marked));
    }
    boolean goesOn = marked.isEmpty() && tied() && pitch == written;
    int accidental = goesOn ? raised : inBar.getOrDefault(letter, key.of(letter));
    written = pitch;
    raised = accidental;
    pitch += accidental;
    if (pitch < 0 || pitch > Note.HIGHEST) {
      throw new AbcException(number, "a note that MIDI does not have");
    }
    return pitch;
  }

  /** Whether the last note is tied to the one that comes; bar lines may stand between them. */
  private boolean tied() {
    for (int i = marks.size() - 1; i >= 0; i--) {
      if (marks.get(i) instanceof Mark.Sound sound) {
        return sound.tied();
      }
    }
    return false;
  }

  /** A note or rest whose pitch was read: its length, and whether it is tied to the next. */
  private void sound(int pitch) {
    sound(pitch, multiple());
  }

  private void sound(int pitch, Fraction multiple) {
    Fraction length = unit.times(multiple);
    if (tupletLeft > 0) {
      length = length.times(tuplet);
      tupletLeft--;
    }
    if (broken != null) {
      length = length.times(broken);
      broken = null;
    }
    boolean tied = sign() == '-';
    if (tied) {
      at++;
    }
    marks.add(new Mark.Sound(pitch, length, tied));
  }

  /** What follows a note: {@code 3}, {@code /2}, {@code 3/2}, {@code //}. */
  private Fraction multiple() {
    int over = whole(1);
    int under = 1;
    while (sign() == '/') {
      at++;
      under *= Character.isDigit(sign()) ? whole(1) : 2;
      if (under > 1 << 16) {
        throw new AbcException(number, "a note that is too short");
      }
    }
    if (over < 1 || under < 1) {
      throw new AbcException(number, "a note without length");
    }
    return new Fraction(over, under);
  }

  /** A whole number of at most four digits; {@code none} where there is none. */
  private int whole(int none) {
    int from = at;
    while (sign() >= '0' && sign() <= '9') {
      at++;
    }
    if (at - from > 4) {
      at = from;
      throw unknown();
    }
    return at == from ? none : Integer.parseInt(line.substring(from, at));
  }

  /** The note before and the one after change lengths: {@code a>b} is {@code a3/2b/2}. */
  private void brokenRhythm(char sign) {
    int count = 0;
    while (sign() == sign && count < 3) {
      count++;
      at++;
    }
    Mark last = marks.isEmpty() ? null : marks.get(marks.size() - 1);
    if (!(last instanceof Mark.Sound before) || broken != null) {
      throw new AbcException(number, "broken rhythm without a note before it");
    }
    Fraction shorter = new Fraction(1, 1L << count);
    Fraction longer = new Fraction((2L << count) - 1, 1L << count);
    marks.set(
        marks.size() - 1,
        new Mark.Sound(
            before.pitch(), before.length().times(sign == '>' ? longer : shorter), before.tied()));
    broken = sign == '>' ? shorter : longer;
  }

  /** A slur, or a tuplet: {@code (3}, {@code (3:2:3}. */
  private void open() {
    at++;
    if (!Character.isDigit(sign())) {
      return;
    }
    int notes = whole(0);
    int time = 0;
    int covered = 0;
    if (sign() == ':') {
      at++;
      time = whole(0);
      if (sign() == ':') {
        at++;
        covered = whole(0);
      }
    }
    if (notes < 2 || notes > 9 || tupletLeft > 0) {
      throw new AbcException(number, "a tuplet of " + notes + ", or one inside another");
    }
    tuplet = new Fraction(time > 0 ? time : usualTime(notes), notes);
    tupletLeft = covered > 0 ? covered : notes;
  }

  /** In the time of how many notes a tuplet is played (ABC standard 2.1, section 4.13). */
  private int usualTime(int notes) {
    return switch (notes) {
      case 2, 4, 8 -> 3;
      case 3, 6 -> 2;
      default -> compound ? 3 : 2;
    };
  }

  private void barsOfRest() {
    at++;
    int bars = whole(1);
    Fraction bar =
        metre.orElseThrow(() -> new AbcException(number, "bars of rest without a metre"));
    if (bars < 1) {
      throw new AbcException(number, "no bars of rest");
    }
    marks.add(new Mark.Sound(Note.REST, bar.times(new Fraction(bars, 1)), false));
  }

  /** Skips what makes no sound, up to its end in this line. */
  private void skip(char end) {
    int to = line.indexOf(end, at + 1);
    if (to < 0) {
      throw unknown();
    }
    at = to + 1;
  }

  /** {@code !trill!}; a sign that stands alone breaks the line, as older tunes have it. */
  private void decoration(char sign) {
    int to = line.indexOf(sign, at + 1);
    boolean named = to > at + 1 && line.substring(at + 1, to).matches("[A-Za-z0-9().<>^/-]+");
    if (named) {
      at = to + 1;
    } else if (sign == '!') {
      at++;
    } else {
      throw unknown();
    }
  }

  /** Notes that sound together, a field, or an ending. */
  private void bracket() {
    char next = at + 1 < line.length() ? line.charAt(at + 1) : '\0';
    int close = line.indexOf(']', at);
    if (next == '|') {
      bar();
    } else if (Character.isDigit(next)) {
      at++;
      ending();
    } else if (close > 0 && AbcHeader.isField(line.substring(at + 1, close))) {
      field(next, line.substring(at + 3, close).strip());
      at = close + 1;
    } else if (close > 0) {
      chord(close);
    } else {
      throw unknown();
    }
  }

  private void chord(int close) {
    at++;
    int first = Note.REST;
    Fraction length = Fraction.ONE;
    boolean any = false;
    boolean tied = false;
    while (at < close) {
      if (LAYOUT.indexOf(sign()) >= 0 || DECORATIONS.indexOf(sign()) >= 0) {
        at++;
        continue;
      }
      if (!isPitch(sign())) {
        throw unknown();
      }
      int pitch = pitch();
      Fraction multiple = multiple();
      if (sign() == '-') {
        tied = true;
        at++;
      }
      if (!any) {
        first = pitch;
        length = multiple;
        any = true;
      }
    }
    if (!any) {
      throw unknown();
    }
    at = close + 1;
    sound(first, length.times(multiple()));
    if (tied) {
      Mark.Sound sound = (Mark.Sound) marks.get(marks.size() - 1);
      marks.set(marks.size() - 1, new Mark.Sound(sound.pitch(), sound.length(), true));
    }
  }

  /** The numbers of an ending: {@code 1}, {@code 1,3}, {@code 1-3}. */
  private void ending() {
    Set<Integer> turns = new HashSet<>();
    do {
      int from = whole(0);
      int to = from;
      if (sign() == '-') {
        at++;
        to = whole(0);
      }
      if (from < 1 || to < from || to > 9) {
        throw new AbcException(number, "an ending of no turn");
      }
      for (int turn = from; turn <= to; turn++) {
        turns.add(turn);
      }
    } while (sign() == ',' && at++ >= 0);
    marks.add(new Mark.Ending(Set.copyOf(turns)));
  }

  /** A bar line of any shape, and the ending that may follow it. */
  private void bar() {
    int from = at;
    while ("|:".indexOf(sign()) >= 0 && at < line.length()
        || (sign() == ']' && at > from && line.charAt(at - 1) == '|')
        || (sign() == '[' && at + 1 < line.length() && line.charAt(at + 1) == '|')) {
      at++;
    }
    String shape = line.substring(from, at).replaceAll("[\\[\\]]", "|");
    if (shape.equals(":")) {
      at = from;
      throw unknown();
    }
    inBar.clear();
    int before = shape.length() - shape.replaceFirst("^:+", "").length();
    int after = shape.length() - shape.replaceFirst(":+$", "").length();
    boolean colons = before == shape.length();
    marks.add(
        new Mark.Bar(
            colons ? Math.max(1, before / 2) : Math.min(before, 8),
            colons || after > 0,
            shape.contains("||")));
    if (Character.isDigit(sign())) {
      ending();
    }
  }
}
