package io.chorale.registry;

import io.chorale.checkpoint.CheckpointManifest;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.io.Checksums;
import io.chorale.io.Storage;
import io.chorale.registry.Commit.Did;
import io.chorale.registry.Commit.Event;
import io.chorale.registry.RegisteredModel.Draft;
import io.chorale.registry.RegisteredModel.Opened;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;

/**
 * Adds a version: a commit gives it a number, its files are written, {@code version.json} last, and
 * a second commit names it, if nothing stands against it. Killed before that, it is not there for
 * readers.
 */
final class Registration {
  private final RegisteredModel model;
  private final Storage storage;

  Registration(RegisteredModel model) {
    this.model = model;
    this.storage = model.storage();
  }

  Opened add(Addition wanted) {
    RunDirectory run = new RunDirectory(storage, wanted.run());
    CheckpointManifest checkpoint = wanted.choice().of(run);
    run.settings();
    if (wanted.parent() != 0) {
      model.number(model.existing().state(), Long.toString(wanted.parent()));
    }
    String created = model.now().toString();
    String by = model.registry().by();
    Commit begun =
        model.commit(
            state ->
                new Draft(
                    new Event(Did.BEGAN, List.of(state.next()), "", wanted.why()),
                    state.begun(created, by)));
    long number = begun.state().next() - 1;
    Path directory = model.directory(number);
    VersionWriter writer = new VersionWriter(storage, run, checkpoint, directory);
    List<VersionFile> files = new ArrayList<>(writer.copy());
    Version known = writer.facts(model.name(), number, created, by, wanted.parent());
    byte[] card = ModelCard.of(known, writer.changed()).getBytes(StandardCharsets.UTF_8);
    files.add(VersionFile.write(storage, directory, Version.CARD, card));
    wanted
        .files()
        .forEach(
            (name, content) -> files.add(VersionFile.write(storage, directory, name, content)));
    Version facts = known.with(files);
    byte[] json = Version.JSON.write(facts);
    storage.publish(new Path(directory, Version.FILE), json);
    wanted.condition().written(directory, facts);
    State.Entry entry = new State.Entry(number, wanted.parent(), created, Checksums.sha256(json));
    model.commit(
        state -> {
          wanted.condition().changes(state);
          return new Draft(
              new Event(Did.ADDED, List.of(number), wanted.alias(), wanted.why()),
              state.added(entry, wanted.alias()).attaching(wanted.attached()));
        });
    return new Opened(directory, facts);
  }
}
