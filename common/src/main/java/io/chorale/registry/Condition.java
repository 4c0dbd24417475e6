package io.chorale.registry;

import org.apache.hadoop.fs.Path;

/** Refuses a version before it comes into force: by its files, or by what the commit changes. */
public interface Condition {
  /** For a version that nothing stands against. */
  Condition NONE = new Condition() {};

  /**
   * Looks at the version when all of its files are written, and before anybody sees it.
   *
   * @param directory its own
   */
  default void written(Path directory, Version facts) {}

  /**
   * Looks at what the commit changes that adds the version.
   *
   * @param before with the version among those that somebody is writing
   */
  default void changes(State before) {}
}
