package io.chorale.music;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads the signs of a tune, line by line. Each object reads one. */
final class AbcBody {
  /** Signs of one character before a note that decorate it. */
  private static final String DECORATIONS = ".~HLMOPSTuv";

  /** Signs that lay out the page. */
  private static final String LAYOUT = " \t`*$\\";

  private final AbcHeader header;
  private final Pitches pitches;
  private final Rhythm rhythm;
  private final List<Mark> marks = new ArrayList<>();
  private double quartersPerMinute;
  private AbcLine line = new AbcLine("", 1);

  AbcBody(AbcHeader header) {
    this.header = header;
    this.pitches = new Pitches(header.key());
    this.rhythm = new Rhythm(header.unit(), header.metre());
    this.quartersPerMinute = header.quartersPerMinute();
  }

  /** The notes, bar lines and endings as they are written. */
  List<Mark> read() {
    for (int i = 0; i < header.body().size(); i++) {
      String text = AbcHeader.withoutComment(header.body().get(i));
      line = new AbcLine(text, header.firstLine() + i);
      if (AbcHeader.isField(text)) {
        field(text);
        continue;
      }
      while (line.hasMore()) {
        element();
      }
    }
    if (rhythm.awaitsNote()) {
      throw line.refused("an end where a note should follow");
    }
    return marks;
  }

  /** A field changes what follows it. */
  private void field(String text) {
    String value = text.substring(2).strip();
    switch (text.charAt(0)) {
      case 'K' -> pitches.change(AbcHeader.key(value, pitches.key(), line.number()));
      case 'L' -> rhythm.change(AbcHeader.ratio(value, line.number()));
      case 'M' -> rhythm.change(Metre.of(value, line.number()));
      case 'Q' ->
          quartersPerMinute = Tempo.read(value, rhythm.unit(), quartersPerMinute, line.number());
      case 'V' -> throw line.refused("a voice, of which only one is played");
      case 'X' -> throw line.refused("the begin of another tune");
      default -> {
        // Words, parts, remarks: nothing is heard of them.
      }
    }
  }

  private void element() {
    char sign = line.sign();
    if (LAYOUT.indexOf(sign) >= 0 || DECORATIONS.indexOf(sign) >= 0) {
      line.pass(1);
    } else if (Pitches.begins(sign)) {
      note(pitches.read(line));
    } else if (sign == 'z' || sign == 'x') {
      line.pass(1);
      note(Note.REST);
    } else {
      other(sign);
    }
  }

  private void other(char sign) {
    switch (sign) {
      case '|', ':' -> bar();
      case '[' -> bracket();
      case '"' -> line.pass(line.between('"').length() + 2);
      case '{' -> line.pass(line.between('}').length() + 2);
      case '!', '+' -> decoration(sign);
      case '(' -> open();
      case ')' -> line.pass(1);
      case 'Z', 'X' -> {
        line.pass(1);
        sound(Note.REST, rhythm.bars(line), false);
      }
      case 'y' -> {
        line.pass(1);
        line.whole(0);
      }
      case '>', '<' -> brokenRhythm();
      default -> throw line.unknown();
    }
  }

  /** A note or rest whose pitch was read: its length, and whether it is tied to the next. */
  private void note(int pitch) {
    Fraction length = rhythm.next(rhythm.multiple(line));
    sound(pitch, length, tie());
  }

  /** A tie, which may be a dotted one. */
  private boolean tie() {
    if (line.sign() == '.' && line.sign(1) == '-') {
      line.pass(1);
    }
    return line.pass('-');
  }

  private void sound(int pitch, Fraction length, boolean tied) {
    marks.add(new Mark.Sound(pitch, length, tied, quartersPerMinute));
    pitches.tie(tied);
  }

  private void brokenRhythm() {
    int place = marks.size() - 1;
    boolean after = place >= 0 && marks.get(place) instanceof Mark.Sound;
    Fraction times = rhythm.breaks(line, after);
    marks.set(place, ((Mark.Sound) marks.get(place)).times(times));
  }

  /** A slur, or a tuplet. */
  private void open() {
    line.pass(1);
    if (Character.isDigit(line.sign())) {
      rhythm.beginTuplet(line);
    }
  }

  /** {@code !trill!}; a sign that stands alone breaks the line, as older tunes have it. */
  private void decoration(char sign) {
    String name = line.has(sign) ? line.between(sign) : "";
    if (name.matches("[A-Za-z0-9().<>^/+-]+")) {
      line.pass(name.length() + 2);
    } else if (sign == '!') {
      line.pass(1);
    } else {
      throw line.unknown();
    }
  }

  /** Notes that sound together, a field, or an ending. */
  private void bracket() {
    char next = line.sign(1);
    if (next == '|') {
      bar();
    } else if (Character.isDigit(next)) {
      line.pass(1);
      ending();
    } else if (AbcHeader.isField(line.between(']'))) {
      String field = line.between(']');
      field(field);
      line.pass(field.length() + 2);
    } else {
      chord();
    }
  }

  /** Notes that sound together, of which the first is taken. */
  private void chord() {
    line.pass(1);
    passDecorations();
    if (!Pitches.begins(line.sign())) {
      throw line.unknown();
    }
    int pitch = pitches.read(line);
    Fraction units = rhythm.multiple(line);
    boolean tied = tie();
    passDecorations();
    while (!line.pass(']')) {
      if (!Pitches.begins(line.sign())) {
        throw line.unknown();
      }
      pitches.pass(line);
      rhythm.multiple(line);
      tie();
      passDecorations();
    }
    Fraction length = rhythm.next(units.times(rhythm.multiple(line)));
    sound(pitch, length, tie() || tied);
  }

  private void passDecorations() {
    line.passAll(LAYOUT + DECORATIONS);
    while (line.sign() == '!') {
      decoration('!');
      line.passAll(LAYOUT + DECORATIONS);
    }
  }

  /** The numbers of an ending: {@code 1}, {@code 1,3}, {@code 1-3}. */
  private void ending() {
    Set<Integer> turns = new HashSet<>();
    do {
      int from = line.whole(0);
      int to = line.pass('-') ? line.whole(0) : from;
      if (from < 1 || to < from || to > 9) {
        throw line.refused("an ending of no turn");
      }
      for (int turn = from; turn <= to; turn++) {
        turns.add(turn);
      }
    } while (line.pass(','));
    marks.add(new Mark.Ending(Set.copyOf(turns)));
  }

  /** A bar line of any shape, and the ending that may follow it. */
  private void bar() {
    StringBuilder signs = new StringBuilder();
    while ("|:".indexOf(line.sign()) >= 0
        || line.sign() == ']' && !signs.isEmpty() && signs.charAt(signs.length() - 1) == '|'
        || line.sign() == '[' && line.sign(1) == '|') {
      signs.append(line.sign());
      line.pass(1);
    }
    String shape = signs.toString().replaceAll("[\\[\\]]", "|");
    if (shape.equals(":")) {
      line.pass(-1);
      throw line.unknown();
    }
    pitches.endBar();
    int before = shape.length() - shape.replaceFirst("^:+", "").length();
    int after = shape.length() - shape.replaceFirst(":+$", "").length();
    boolean colons = before == shape.length();
    marks.add(
        new Mark.Bar(
            colons ? Math.max(1, before / 2) : Math.min(before, 8),
            colons || after > 0,
            shape.contains("||")));
    if (Character.isDigit(line.sign())) {
      ending();
    }
  }
}
