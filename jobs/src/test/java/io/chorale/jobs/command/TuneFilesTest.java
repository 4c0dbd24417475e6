package io.chorale.jobs.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chorale.io.Storage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.sound.midi.MidiSystem;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuneFilesTest {
  @TempDir Path directory;

  @Test
  void everyTuneThatParsesIsAFile() throws Exception {
    Path first = directory.resolve("tunes.mid");
    TuneFiles tunes = new TuneFiles(new Storage(new Configuration()), first.toString());
    TuneFiles.Result one = tunes.write("X:1\nK:G\nGAB\n\nX:2\nK:G\nG?B\n");
    assertEquals(2, one.tunes());
    assertEquals(1, one.files().size());
    assertEquals(
        List.of(
            "Cannot read the tune: in its line 3 there is \"?B\", expected ABC notation. Correct it, or write another tune."),
        one.faults());
    TuneFiles.Result two = tunes.write("X:3\nK:D\nd4\n");
    assertTrue(two.files().get(0).toString().endsWith("/tunes-2.mid"));
    assertEquals("2 of 3 tunes parse", tunes.summary());
    assertTrue(MidiSystem.getSequence(first.toFile()).getTickLength() > 0);
    assertTrue(Files.exists(directory.resolve("tunes-2.mid")));
  }

  @Test
  void whatIsNoTuneCounts() {
    TuneFiles tunes =
        new TuneFiles(new Storage(new Configuration()), directory.resolve("a.mid").toString());
    List<String> texts =
        List.of(
            "",
            "no tune at all",
            "the end of one|]\n\nX:1\nK:G\nGAB|\n\nd4|]\n",
            "X:2\nM:4/4\nK:C\nA Z9999 Z9999 Z9999 B");
    List<List<String>> faults = texts.stream().map(text -> tunes.write(text).faults()).toList();
    assertEquals("1 of 6 tunes parse", tunes.summary());
    assertTrue(faults.get(0).get(0).contains("no X:"), faults.toString());
    assertTrue(faults.get(1).get(0).contains("\"no tune at all\" before X:"), faults.toString());
    assertTrue(faults.get(2).get(0).contains("\"the end of one|]\" before X:"), faults.toString());
    assertTrue(faults.get(2).get(1).contains("\"d4|]\" before X:"), faults.toString());
    assertTrue(faults.get(3).get(0).contains("ticks long"), faults.toString());
  }
}
