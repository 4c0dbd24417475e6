package io.chorale.registry;

import io.chorale.checkpoint.CheckpointChoice;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;

/**
 * What is to be added to a registry.
 *
 * @param run the directory of a run
 * @param choice which of its checkpoints
 * @param parent the version that it was made from; 0 where there is none
 * @param alias that names the version from then on; empty for none
 * @param files that are kept beside the model, by name: what a gate has found
 * @param attached files that come into force with the version; see {@link Attachment}
 * @param why for the log; may be empty
 * @param condition what must hold for it to come into force
 */
public record Addition(
    Path run,
    CheckpointChoice choice,
    long parent,
    String alias,
    SortedMap<String, byte[]> files,
    SortedMap<String, Attachment> attached,
    String why,
    Condition condition) {
  public Addition {
    files = new TreeMap<>(files);
    attached = new TreeMap<>(attached);
    if (!alias.isEmpty()) {
      Names.alias(alias);
    }
  }

  /** A checkpoint of a run, which becomes the {@link State#CANDIDATE}. */
  public static Addition of(Path run, CheckpointChoice choice) {
    return new Addition(
        run, choice, 0, State.CANDIDATE, new TreeMap<>(), new TreeMap<>(), "", Condition.NONE);
  }
}
