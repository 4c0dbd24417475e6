package io.chorale.registry;

import io.chorale.config.ChoraleException;

/** A commit was refused, since another one was made of the same base before it. */
public final class StaleBase extends ChoraleException {
  private static final long serialVersionUID = 1L;

  StaleBase(String model, Commit base, Commit made) {
    super(
        ("Cannot change model %s: commit %d (%s) was made meanwhile by %s, expected none after commit"
                + " %d. Look at what there is now (\"chorale models show\"), then repeat it if it"
                + " still is right.")
            .formatted(model, made.number(), made.event(), made.by(), base.number()));
  }
}
