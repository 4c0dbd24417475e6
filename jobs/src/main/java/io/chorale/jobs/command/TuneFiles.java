package io.chorale.jobs.command;

import io.chorale.config.ChoraleException;
import io.chorale.io.Storage;
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
  private int valid;
  private int all;

  TuneFiles(Storage storage, String name) {
    this.storage = storage;
    this.name = name;
  }

  /**
   * What became of a text.
   *
   * @param files of the tunes that are valid
   * @param faults of all else that stands between blank lines, as sentences; a text with nothing
   *     has one
   */
  record Result(List<Path> files, List<String> faults) {
    /** How many tunes it holds or should hold. */
    int tunes() {
      return files.size() + faults.size();
    }
  }

  /** Writes the tunes of a text. */
  Result write(String text) {
    List<Path> files = new ArrayList<>();
    List<String> faults = new ArrayList<>();
    List<String> parts = AbcTune.split(text);
    for (String part : parts.isEmpty() ? List.of("") : parts) {
      byte[] midi;
      try {
        midi = MidiFile.of(AbcTune.parse(part));
      } catch (ChoraleException e) {
        faults.add(e.getMessage());
        continue;
      }
      Path file = next();
      storage.publish(file, out -> out.write(midi));
      files.add(file);
      valid++;
    }
    Result result = new Result(files, faults);
    all += result.tunes();
    return result;
  }

  private Path next() {
    int dot = name.lastIndexOf('.');
    int stem = dot > name.lastIndexOf('/') ? dot : name.length();
    String number = valid == 0 ? "" : "-" + (valid + 1);
    return Storage.path("--midi", name.substring(0, stem) + number + name.substring(stem));
  }

  /** How many tunes of all texts are valid: {@code 9 of 10 tunes parse}. */
  String summary() {
    return "%d of %d tunes parse".formatted(valid, all);
  }

  /**
   * Refuses texts of which no file could be written.
   *
   * @throws ChoraleException naming the file
   */
  void check() {
    if (valid == 0) {
      throw new ChoraleException(
          "Cannot write %s: %s, expected one. Write other texts, or leave --midi out."
              .formatted(name, summary()));
    }
  }
}
