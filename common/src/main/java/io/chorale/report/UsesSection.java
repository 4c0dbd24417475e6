package io.chorale.report;

import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.config.TaskSettings;
import io.chorale.data.Schema;
import io.chorale.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Draws which tasks a dataset has the columns for, and the commands that go on from it. */
final class UsesSection {
  private final Schema schema;

  UsesSection(Schema schema) {
    this.schema = schema;
  }

  void draw(Html html) {
    html.element("p", "DATASET is where it lies, RUN where a training is to be kept.");
    List<String> commands = new ArrayList<>();
    for (TaskSettings.Kind kind : TaskSettings.Kind.values()) {
      String key = kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
      if (serves(key)) {
        commands.add(
            "scripts/chorale train --set data.path=DATASET --set run.path=RUN --set task.kind="
                + key);
      }
    }
    commands.add("scripts/chorale report --data DATASET");
    html.element("pre", String.join("\n", commands), "tabindex", "0", "aria-label", "Commands");
  }

  /**
   * Whether a task can learn from these columns, where its settings ask for as little as can be.
   */
  private boolean serves(String task) {
    Settings settings =
        SettingsFile.with(
            SettingsFile.defaults(),
            "task.kind=" + task,
            "forecast.look-back=1",
            "forecast.horizon=1");
    try {
      Task.of(settings, schema, "the dataset");
      return true;
    } catch (SettingsException e) {
      return false;
    }
  }
}
