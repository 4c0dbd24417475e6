package io.chorale.jobs.source;

import io.chorale.config.ChoraleException;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.Sources;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.hadoop.fs.Path;

/** Turns the sources of a corpus that Spark reads into files, which all else reads. */
public final class Landing {
  private final Storage storage;
  private final Settings settings;
  private final List<TableCopy> tables = new ArrayList<>();

  private Landing(Storage storage, Settings settings) {
    this.storage = storage;
    this.settings = settings;
  }

  /**
   * Opens what the settings name; nothing is written yet.
   *
   * @param target where the dataset is to lie
   * @param share of the rows that are copied, chosen by a hash of what they hold; 1: all
   * @param say prints a line of progress
   * @throws SettingsException where it cannot be read by these settings
   */
  public static Landing of(
      Session session,
      Storage storage,
      Settings settings,
      Path target,
      double share,
      Consumer<String> say) {
    Landing landing = new Landing(storage, settings);
    for (Sources.Source source : Sources.of(settings).all()) {
      if (source.corpus().readBySpark()) {
        landing.tables.add(TableCopy.of(session.sql(), storage, source, target, share, say));
      }
    }
    return landing;
  }

  /**
   * Leaves out what is as it was: of that no copy is made.
   *
   * @param states of what was copied before, by source; empty where nobody can say
   * @return the names of the sources that are left out
   */
  public Set<String> leaveOut(Map<String, String> states) {
    Set<String> unchanged = new TreeSet<>();
    for (TableCopy table : tables) {
      String state = table.state();
      if (!state.isEmpty() && state.equals(states.get(table.name()))) {
        unchanged.add(table.name());
      }
    }
    tables.removeIf(table -> unchanged.contains(table.name()));
    return unchanged;
  }

  /** Whether there is anything to copy. */
  public boolean copies() {
    return !tables.isEmpty();
  }

  /**
   * Makes the copies, or finds those of an earlier run where what is read has not changed since.
   *
   * @throws ChoraleException where it cannot be read to its end, or changes meanwhile
   */
  public Landed land() {
    List<CopiedTable> copies = new ArrayList<>();
    try {
      for (TableCopy table : tables) {
        copies.add(table.make());
      }
    } catch (SettingsException e) {
      // With other settings no run goes on from them.
      new Landed(storage, settings, copies).discard();
      throw e;
    }
    return new Landed(storage, settings, copies);
  }
}
