package io.chorale.music;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sound.midi.MetaMessage;
import javax.sound.midi.MidiEvent;
import javax.sound.midi.MidiSystem;
import javax.sound.midi.Sequence;
import javax.sound.midi.ShortMessage;
import org.junit.jupiter.api.Test;

class MidiFileTest {
  /** {@code pitch@begin+length} in ticks of the notes of a file. */
  private static List<String> notes(Sequence sequence) {
    List<String> notes = new ArrayList<>();
    Map<Integer, Long> on = new HashMap<>();
    for (int i = 0; i < sequence.getTracks()[0].size(); i++) {
      MidiEvent event = sequence.getTracks()[0].get(i);
      if (event.getMessage() instanceof ShortMessage message) {
        if (message.getCommand() == ShortMessage.NOTE_ON) {
          on.put(message.getData1(), event.getTick());
        } else if (message.getCommand() == ShortMessage.NOTE_OFF) {
          long begin = on.remove(message.getData1());
          notes.add(message.getData1() + "@" + begin + "+" + (event.getTick() - begin));
        }
      }
    }
    assertTrue(on.isEmpty(), "notes that never end");
    return notes;
  }

  @Test
  void whatIsReadBackIsTheTune() throws Exception {
    AbcTune tune =
        AbcTune.parse(
            "X:1\nT:Ténor\nM:6/8\nL:1/8\nQ:3/8=80\nK:D\n|:A2f fed|(3ABc z d>e f-|f3 A2A:|\n");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    MidiFile.write(tune, bytes);
    Sequence read = MidiSystem.getSequence(new ByteArrayInputStream(bytes.toByteArray()));
    assertEquals(MidiFile.TICKS_PER_QUARTER, read.getResolution());
    assertEquals(Sequence.PPQ, read.getDivisionType());
    List<String> expected =
        tune.notes().stream()
            .filter(note -> note.pitch() != Note.REST)
            .map(
                note -> {
                  long begin = note.begin().of(4L * MidiFile.TICKS_PER_QUARTER);
                  long end = note.begin().plus(note.length()).of(4L * MidiFile.TICKS_PER_QUARTER);
                  return note.pitch() + "@" + begin + "+" + (end - begin);
                })
            .toList();
    assertEquals(expected, notes(read));
    // A triplet of eighths takes a quarter; a tied note sounds once.
    assertEquals("69@10080+1120", expected.get(5));
    assertEquals(2 * 13, expected.size());
    MetaMessage title = (MetaMessage) read.getTracks()[0].get(0).getMessage();
    assertEquals("Ténor", new String(title.getData(), StandardCharsets.UTF_8));
    MetaMessage tempo = (MetaMessage) read.getTracks()[0].get(1).getMessage();
    // 80 beats of three eighths a minute are 120 quarters: half a second each.
    assertEquals(500_000, new BigInteger(1, tempo.getData()).intValue());
  }
}
