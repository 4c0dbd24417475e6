package io.chorale.music;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
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
import javax.sound.midi.Track;
import org.junit.jupiter.api.Test;

/**
 * Tunes have the notes and tempos that abc2midi gives them: {@code scripts/peers/midi_golden.py}.
 */
class MidiGoldenTest {
  private static final int TEMPO = 0x51;

  /** Quarters; abc2midi leaves a tick between notes and rounds lengths of tuplets. */
  private static final double NEAR = 0.021;

  private record Played(int pitch, double begin, double length) {}

  private static byte[] resource(String name) throws Exception {
    try (InputStream in = MidiGoldenTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  private static double quarters(long ticks) {
    return (double) ticks / MidiFile.TICKS_PER_QUARTER;
  }

  private static List<Played> notes(Track track) {
    List<Played> notes = new ArrayList<>();
    Map<Integer, Long> on = new HashMap<>();
    for (int i = 0; i < track.size(); i++) {
      MidiEvent event = track.get(i);
      if (event.getMessage() instanceof ShortMessage message) {
        if (message.getCommand() == ShortMessage.NOTE_ON) {
          on.put(message.getData1(), event.getTick());
        } else {
          long begin = on.remove(message.getData1());
          notes.add(
              new Played(message.getData1(), quarters(begin), quarters(event.getTick() - begin)));
        }
      }
    }
    return notes;
  }

  /** Begin and microseconds of a quarter. */
  private static List<double[]> tempos(Track track) {
    List<double[]> tempos = new ArrayList<>();
    for (int i = 0; i < track.size(); i++) {
      if (track.get(i).getMessage() instanceof MetaMessage message && message.getType() == TEMPO) {
        int microseconds = new BigInteger(1, message.getData()).intValue();
        tempos.add(new double[] {quarters(track.get(i).getTick()), microseconds});
      }
    }
    return tempos;
  }

  @Test
  void tunesArePlayedAsByAbc2midi() throws Exception {
    List<String> tunes = AbcTune.split(new String(resource("tunes.abc"), StandardCharsets.UTF_8));
    JsonNode golden = JsonMapper.builder().build().readTree(resource("midi-golden.json"));
    assertEquals(golden.size(), tunes.size());
    for (int i = 0; i < tunes.size(); i++) {
      AbcTune tune = AbcTune.parse(tunes.get(i));
      Sequence read = MidiSystem.getSequence(new ByteArrayInputStream(MidiFile.of(tune)));
      Track track = read.getTracks()[0];
      List<Played> found = notes(track);
      JsonNode expected = golden.get(i).get("notes");
      assertEquals(expected.size(), found.size(), tune.title());
      for (int note = 0; note < found.size(); note++) {
        String where = tune.title() + ", note " + note;
        assertEquals(expected.get(note).get(0).asInt(), found.get(note).pitch(), where);
        assertEquals(expected.get(note).get(1).asDouble(), found.get(note).begin(), NEAR, where);
        assertEquals(expected.get(note).get(2).asDouble(), found.get(note).length(), NEAR, where);
      }
      JsonNode expectedTempos = golden.get(i).get("tempos");
      List<double[]> tempos = tempos(track);
      assertEquals(expectedTempos.size(), tempos.size(), tune.title());
      for (int tempo = 0; tempo < tempos.size(); tempo++) {
        JsonNode of = expectedTempos.get(tempo);
        assertEquals(of.get(0).asDouble(), tempos.get(tempo)[0], NEAR, tune.title());
        assertEquals(of.get(1).asDouble(), tempos.get(tempo)[1], 1, tune.title());
      }
    }
  }
}
