package io.chorale.jobs.predict;

import java.io.Serializable;

/**
 * How messages and files name what a command makes of rows.
 *
 * @param verb such as {@code predict}, which is also the section of the command's settings
 * @param noun such as {@code predictions}
 * @param progress such as {@code Predicting}
 */
record Words(String verb, String noun, String progress) implements Serializable {
  /** A setting of the command. */
  String key(String name) {
    return verb + "." + name;
  }
}
