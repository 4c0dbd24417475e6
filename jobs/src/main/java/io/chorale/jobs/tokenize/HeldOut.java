package io.chorale.jobs.tokenize;

import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.config.SettingsException;
import io.chorale.config.SettingsFile;
import io.chorale.config.Sources;
import io.chorale.corpus.Corpus;
import io.chorale.corpus.CorpusFile;
import io.chorale.corpus.CorpusPlan;
import io.chorale.io.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;

/**
 * The texts that must not be trained on: of held-out splits, and of files that are given beside the
 * corpus. Each set of them has a number: validation 0, test 1, then those that are given.
 *
 * @param given none where nothing is looked for
 */
record HeldOut(List<Given> given) {
  private static final List<String> SPLITS =
      Arrays.stream(DatasetSplit.values())
          .filter(split -> split != DatasetSplit.TRAIN)
          .map(DatasetSplit::key)
          .toList();

  /** What the settings call a text is all that is read of the given files. */
  private static final List<String> TEXT_ALONE =
      List.of(
          "corpus.sources=",
          "corpus.label-field=",
          "corpus.tags-field=",
          "corpus.target-field=",
          "corpus.vector-fields=",
          "corpus.series-field=");

  /**
   * Files that one path leads to.
   *
   * @param name the last one of that path
   */
  record Given(String name, List<CorpusFile> files) {}

  HeldOut {
    given = List.copyOf(given);
  }

  /**
   * What the settings name.
   *
   * @throws SettingsException where nothing is held out, or a path leads to nothing
   */
  static HeldOut of(Storage storage, Settings settings) {
    if (!settings.contamination().find()) {
      return new HeldOut(List.of());
    }
    List<String> paths = settings.contamination().paths();
    boolean cutOff = DocumentSplits.of(new FileSplits(0, 0), settings).cutOff();
    if (paths.isEmpty() && !settings.corpus().hasSplitFiles() && !cutOff) {
      throw new SettingsException(
          "Cannot look for held-out texts: there are none, expected contamination.paths, files of a split, or shares of data.split: document. Set one of them, or remove contamination.find.");
    }
    List<Given> given = new ArrayList<>();
    for (String path : paths) {
      List<CorpusFile> files =
          Corpus.files(storage, text(settings).corpus(), List.of(path), "contamination.paths");
      given.add(new Given(new Path(path).getName(), files));
    }
    return new HeldOut(given);
  }

  /** The settings by which given files are read. */
  static Settings text(Settings settings) {
    return SettingsFile.with(settings, TEXT_ALONE);
  }

  /** The number of the set of a split; none of the training split. */
  static int set(DatasetSplit split) {
    return split.ordinal() - 1;
  }

  /** The number of the set of given texts, by their place among these. */
  static int given(int index) {
    return SPLITS.size() + index;
  }

  /** What the sets are called, in the order of their numbers. */
  List<String> names() {
    return Stream.concat(SPLITS.stream(), given.stream().map(Given::name)).toList();
  }

  /** What the given files are told by. */
  String told() {
    StringBuilder told = new StringBuilder();
    for (Given one : given) {
      told.append(one.name()).append('\n');
      for (CorpusFile file : one.files()) {
        told.append("%s %d %d\n".formatted(file, file.length(), file.modified()));
      }
    }
    return told.toString();
  }

  /**
   * All parts that may have held-out texts.
   *
   * @param plan of the corpus
   * @param growth the dataset that is added to, whose texts are held out, too: they have sets of
   *     their own, which have no name, since they were told when they came
   */
  List<GramTask.Source> sources(CorpusPlan plan, Settings settings, Optional<Growth> growth) {
    boolean cutOff = DocumentSplits.of(FileSplits.of(plan.files()), settings).cutOff();
    List<GramTask.Source> sources = new ArrayList<>();
    for (CorpusPlan.Part part : plan.parts()) {
      if (cutOff
          || part.splits().stream().anyMatch(split -> split.file().split() != DatasetSplit.TRAIN)) {
        sources.add(new GramTask.OfPart(GramTask.CORPUS, part));
      }
    }
    for (int i = 0; i < given.size(); i++) {
      for (CorpusPlan.Part part :
          CorpusPlan.of(given.get(i).files(), Sources.of(text(settings))).parts()) {
        sources.add(new GramTask.OfPart(given(i), part));
      }
    }
    growth.ifPresent(there -> sources.addAll(stored(there)));
    return sources;
  }

  private List<GramTask.Source> stored(Growth growth) {
    List<GramTask.Source> sources = new ArrayList<>();
    String dataset = growth.dataset().directory().toString();
    for (DatasetSplit split : DatasetSplit.values()) {
      if (split != DatasetSplit.TRAIN) {
        int set = names().size() + set(split);
        for (int i = 0; i < growth.dataset().manifest().split(split).shards().size(); i++) {
          sources.add(new GramTask.OfShard(set, dataset, split, i));
        }
      }
    }
    return sources;
  }
}
