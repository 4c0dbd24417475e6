package io.chorale.music;

import io.chorale.config.ChoraleException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import javax.sound.midi.InvalidMidiDataException;
import javax.sound.midi.MetaMessage;
import javax.sound.midi.MidiEvent;
import javax.sound.midi.MidiMessage;
import javax.sound.midi.MidiSystem;
import javax.sound.midi.Sequence;
import javax.sound.midi.ShortMessage;
import javax.sound.midi.Track;

/** Tunes as standard MIDI files, of one track, which any player opens. */
public final class MidiFile {
  /** Divides by the usual tuplets, of five and seven notes too. */
  static final int TICKS_PER_QUARTER = 3360;

  /** The longest time between two events that the format has room for, in ticks. */
  private static final int LONGEST = 0x0FFFFFFF;

  private static final int ONE_TRACK = 0;
  private static final int TITLE = 0x03;
  private static final int TEMPO = 0x51;
  private static final int END = 0x2f;
  private static final int LOUDNESS = 80;
  private static final double MICROSECONDS_PER_MINUTE = 60e6;

  private MidiFile() {}

  /**
   * The bytes of the file of a tune.
   *
   * @throws ChoraleException where the tune is longer than MIDI can say
   */
  public static byte[] of(AbcTune tune) {
    long end = 0;
    try {
      Sequence sequence = new Sequence(Sequence.PPQ, TICKS_PER_QUARTER);
      Track track = sequence.createTrack();
      byte[] title = tune.title().getBytes(StandardCharsets.UTF_8);
      add(track, 0, new MetaMessage(TITLE, title, title.length));
      for (Tempo tempo : tune.tempos()) {
        add(track, ticks(tempo.begin()), new MetaMessage(TEMPO, bytes(tempo), 3));
      }
      for (Note note : tune.notes()) {
        long begin = ticks(note.begin());
        end = ticks(note.begin().plus(note.length()));
        if (note.pitch() != Note.REST) {
          add(track, begin, new ShortMessage(ShortMessage.NOTE_ON, 0, note.pitch(), LOUDNESS));
          add(track, end, new ShortMessage(ShortMessage.NOTE_OFF, 0, note.pitch(), 0));
        }
      }
      if (end > LONGEST) {
        throw new ChoraleException(
            "Cannot write the tune as MIDI: it is %,d ticks long, expected at most %,d. Write a shorter tune."
                .formatted(end, LONGEST));
      }
      add(track, end, new MetaMessage(END, new byte[0], 0));
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      MidiSystem.write(sequence, ONE_TRACK, bytes);
      return bytes.toByteArray();
    } catch (InvalidMidiDataException e) {
      throw new IllegalStateException("pitches and lengths of a tune fit MIDI", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void add(Track track, long tick, MidiMessage message) {
    track.add(new MidiEvent(message, tick));
  }

  /** Of the time since the tune's begin, so that rounding does not add up. */
  private static long ticks(Fraction wholeNotes) {
    return wholeNotes.of(4L * TICKS_PER_QUARTER);
  }

  private static byte[] bytes(Tempo tempo) {
    int microseconds = (int) Math.round(MICROSECONDS_PER_MINUTE / tempo.quartersPerMinute());
    return new byte[] {
      (byte) (microseconds >> 16), (byte) (microseconds >> 8), (byte) microseconds
    };
  }
}
