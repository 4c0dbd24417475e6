package io.chorale.jobs.command;

import io.chorale.io.Storage;
import io.chorale.music.AbcException;
import io.chorale.music.AbcTune;
import io.chorale.music.MidiFile;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;

/**
 * Writes the tunes of texts in ABC notation as MIDI files: the first under the name that was given,
 * the next ones as {@code NAME-2.mid}, {@code NAME-3.mid} and so on.
 */
final class TuneFiles {
  private final Storage storage;
  private final String name;
  private int written;
  private int tunes;

  TuneFiles(Storage storage, String name) {
    this.storage = storage;
    this.name = name;
  }

  /**
   * What became of a text.
   *
   * @param tunes that it holds
   * @param files of those that could be read
   * @param faults of the others, as sentences
   */
  record Result(int tunes, List<Path> files, List<String> faults) {}

  /** Writes the tunes of a text. */
  Result write(String text) {
    List<Path> files = new ArrayList<>();
    List<String> faults = new ArrayList<>();
    List<String> parts = AbcTune.split(text);
    for (String part : parts) {
      try {
        AbcTune tune = AbcTune.parse(part);
        Path file = next();
        storage.publish(file, out -> MidiFile.write(tune, out));
        files.add(file);
        written++;
      } catch (AbcException e) {
        faults.add(e.getMessage());
      }
    }
    tunes += parts.size();
    return new Result(parts.size(), files, faults);
  }

  private Path next() {
    int dot = name.lastIndexOf('.');
    int stem = dot > name.lastIndexOf('/') ? dot : name.length();
    String number = written == 0 ? "" : "-" + (written + 1);
    return Storage.path("--midi", name.substring(0, stem) + number + name.substring(stem));
  }

  /** How many tunes of all texts could be read: {@code 9 of 10 tunes parse}. */
  String summary() {
    return "%d of %d tunes parse".formatted(written, tunes);
  }
}
