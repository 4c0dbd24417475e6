package io.chorale.music;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.config.ChoraleException;
import java.io.ByteArrayInputStream;
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
    Sequence read = MidiSystem.getSequence(new ByteArrayInputStream(MidiFile.of(tune)));
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

  @Test
  void temposAndLengthsThatFitAreRead() throws Exception {
    AbcTune slow = AbcTune.parse("X:1\nM:4/4\nL:1/4\nQ:1/4=4\nK:C\nA [Q:1/4=1000] Z9900 Z9900 B");
    Sequence read = MidiSystem.getSequence(new ByteArrayInputStream(MidiFile.of(slow)));
    MetaMessage tempo = (MetaMessage) read.getTracks()[0].get(1).getMessage();
    assertEquals(15_000_000, new BigInteger(1, tempo.getData()).intValue());
    long begin = (1 + 2 * 9900 * 4L) * MidiFile.TICKS_PER_QUARTER;
    assertEquals("71@" + begin + "+" + MidiFile.TICKS_PER_QUARTER, notes(read).get(1));
  }

  @Test
  void aTuneThatIsTooLongIsRefused() {
    AbcTune tune = AbcTune.parse("X:1\nM:4/4\nK:C\nA Z9900 Z9900 B");
    AbcTune longer = AbcTune.parse("X:1\nM:4/4\nK:C\nA Z9900 Z9900 Z9900 B");
    assertTrue(MidiFile.of(tune).length > 0);
    ChoraleException refused = assertThrows(ChoraleException.class, () -> MidiFile.of(longer));
    assertTrue(refused.getMessage().startsWith("Cannot write the tune as MIDI: it is "));
  }
}
