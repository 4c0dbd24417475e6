package io.chorale.music;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A tune as it is played: one voice, repeats played out, ties joined.
 *
 * @param title empty where it has none
 * @param quartersPerMinute its tempo
 * @param notes notes and rests, each where the one before ends
 */
public record AbcTune(String title, double quartersPerMinute, List<Note> notes) {
  private static final Pattern BLANK = Pattern.compile("\\R[ \\t]*\\R\\s*");

  public AbcTune {
    notes = List.copyOf(notes);
  }

  /**
   * Reads a tune in ABC notation (standard 2.1): key, metre, unit length, tempo, note lengths,
   * accidentals, ties, broken rhythm, tuplets, repeats and endings. Chord names, grace notes,
   * decorations, slurs and words make no sound; of notes that sound together the first is taken.
   *
   * @throws AbcException where it is none, or has several voices
   */
  public static AbcTune parse(String text) {
    AbcHeader header = AbcHeader.of(text);
    List<Mark> marks = new AbcBody(header).read();
    List<Note> notes = new ArrayList<>();
    Fraction at = Fraction.ZERO;
    boolean tied = false;
    boolean sounds = false;
    try {
      for (Mark.Sound sound : Repeats.play(marks)) {
        Note last = notes.isEmpty() ? null : notes.get(notes.size() - 1);
        if (tied && last.pitch() == sound.pitch()) {
          notes.set(
              notes.size() - 1,
              new Note(last.pitch(), last.begin(), last.length().plus(sound.length())));
        } else {
          notes.add(new Note(sound.pitch(), at, sound.length()));
        }
        at = at.plus(sound.length());
        tied = sound.tied();
        sounds |= sound.pitch() != Note.REST;
      }
    } catch (ArithmeticException e) {
      throw new AbcException(header.firstLine(), "a rhythm that no sum of fractions holds");
    }
    if (!sounds) {
      throw new AbcException(header.firstLine(), "no note");
    }
    return new AbcTune(header.title(), header.quartersPerMinute(), notes);
  }

  /** The tunes of a text, which blank lines divide; what has no {@code X:} line first is none. */
  public static List<String> split(String text) {
    return BLANK
        .splitAsStream(text.strip())
        .map(String::strip)
        .filter(part -> part.startsWith("X:"))
        .toList();
  }

  /** Notes, without rests. */
  public long sounds() {
    return notes.stream().filter(note -> note.pitch() != Note.REST).count();
  }
}
