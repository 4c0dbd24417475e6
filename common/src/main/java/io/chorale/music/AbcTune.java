package io.chorale.music;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A tune as it is played: one voice, repeats played out, ties joined.
 *
 * @param title empty where it has none
 * @param tempos at least one, which begins with the tune
 * @param notes notes and rests, each where the one before ends
 */
public record AbcTune(String title, List<Tempo> tempos, List<Note> notes) {
  private static final Pattern BLANK = Pattern.compile("\\R[ \\t]*\\R\\s*");

  public AbcTune {
    tempos = List.copyOf(tempos);
    notes = List.copyOf(notes);
  }

  /**
   * Reads a tune in ABC notation (standard 2.1): key, metre, unit length, tempo, note lengths,
   * accidentals, ties, broken rhythm, tuplets, repeats and endings. Chord names, grace notes,
   * decorations, slurs and words make no sound; of notes that sound together the first is taken.
   * Parts ({@code P:}) are played as they are written.
   *
   * @throws AbcException where it is none, has several voices, or goes on after a blank line, which
   *     ends a tune
   */
  public static AbcTune parse(String text) {
    List<String> parts = split(text);
    if (parts.size() > 1) {
      int end = (int) parts.get(0).lines().count();
      throw new AbcException(end + 1, "a blank line, which ends a tune, and more after it");
    }
    AbcHeader header = AbcHeader.of(text);
    List<Tempo> tempos = new ArrayList<>();
    tempos.add(new Tempo(Fraction.ZERO, header.quartersPerMinute()));
    List<Mark> marks = new AbcBody(header).read();
    List<Note> notes = new ArrayList<>();
    Fraction at = Fraction.ZERO;
    boolean tied = false;
    boolean sounds = false;
    try {
      for (Mark.Sound sound : Repeats.play(marks)) {
        if (sound.quartersPerMinute() != tempos.get(tempos.size() - 1).quartersPerMinute()) {
          tempos.add(new Tempo(at, sound.quartersPerMinute()));
        }
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
    return new AbcTune(header.title(), tempos, notes);
  }

  /**
   * The parts of a text, which blank lines divide. Each is meant to be a tune, and {@link #parse}
   * tells whether it is one; those that are all comments are left out.
   */
  public static List<String> split(String text) {
    return BLANK
        .splitAsStream(text.strip())
        .map(String::strip)
        .filter(part -> Stream.of(part.split("\\R")).anyMatch(line -> !line.startsWith("%")))
        .filter(part -> !part.isEmpty())
        .toList();
  }

  /** Notes, without rests. */
  public long sounds() {
    return notes.stream().filter(note -> note.pitch() != Note.REST).count();
  }
}
