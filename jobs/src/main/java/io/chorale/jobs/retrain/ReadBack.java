package io.chorale.jobs.retrain;

import io.chorale.config.ChoraleException;
import io.chorale.io.ManifestName;
import io.chorale.io.Storage;
import io.chorale.io.TemporaryDirectory;
import io.chorale.registry.Version;
import io.chorale.registry.VersionFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * Reads a new version back from the registry, before anybody else sees it, and asks it in a fresh
 * process what the trained model was asked: it must answer the same, byte for byte. The files are
 * fetched to this machine first, so that the other process needs no key to the registry's store.
 *
 * @param answers of the trained model
 */
record ReadBack(Storage storage, Probe probe, List<String> answers) {

  /**
   * Checks a version.
   *
   * @param directory where all of its files are
   * @throws ChoraleException where it cannot be opened, or answers otherwise
   */
  void check(org.apache.hadoop.fs.Path directory, Version facts) {
    try (TemporaryDirectory temporary = TemporaryDirectory.create("")) {
      Path here = temporary.path();
      for (VersionFile file : facts.files()) {
        fetch(ManifestName.in(directory, file.name()), here.resolve(file.name()));
      }
      List<String> found = FreshProcess.answers(probe, here, facts.bytes());
      if (!found.equals(answers)) {
        throw new ChoraleException(
            "Cannot put version %d of %s into the registry: read back from %s it answers otherwise than the trained model (%s), expected the same bytes (%s). The model in use stays; run again."
                .formatted(facts.number(), facts.model(), directory, first(found), first(answers)));
      }
    }
  }

  private void fetch(org.apache.hadoop.fs.Path from, Path to) {
    storage.read(
        from,
        in -> {
          Files.createDirectories(to.getParent());
          return Files.copy(in, to, StandardCopyOption.REPLACE_EXISTING);
        });
  }

  /** Of the answers the first one that is not the same. */
  private String first(List<String> of) {
    for (int row = 0; row < of.size(); row++) {
      if (row >= answers.size() || !of.get(row).equals(answers.get(row))) {
        return ProbeJudge.shown(of.get(row));
      }
    }
    return of.size() + " answers";
  }
}
