package io.chorale.report;

import io.chorale.corpus.Account;
import io.chorale.data.Dataset;
import io.chorale.data.SampleFacts;
import io.chorale.data.ScreeningFacts;
import io.chorale.io.Storage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;

/**
 * One HTML page about a dataset: what became of its corpus, how much it holds, how long its rows
 * are, its most frequent tokens and labels, what was rejected and why, copies, what a context would
 * cost. It needs nothing but itself.
 *
 * <p>It is a function of what lies in the dataset's directory alone, and holds no time and no path:
 * equal datasets have equal pages, whatever wrote them. Where there is much of it, a sample of the
 * training shards is read, so the cost is bounded: at most 256 MiB of shards and about as much of
 * rejections.
 */
public final class DatasetPage {
  /** The file's name in the dataset. */
  public static final String FILE = "dataset.html";

  private static final int MAX_BYTES = 1 << 28;

  private DatasetPage() {}

  /**
   * Whether the page of a dataset is there, as the dataset is now, which may have grown since: it
   * tells the fingerprint.
   */
  public static boolean isOf(Storage storage, Dataset dataset) {
    Path file = new Path(dataset.directory(), FILE);
    return storage.exists(file)
        && new String(storage.readFully(file, MAX_BYTES), StandardCharsets.UTF_8)
            .contains(dataset.fingerprint());
  }

  /**
   * The page.
   *
   * @throws io.chorale.config.ChoraleException where a shard is damaged
   */
  public static String of(Storage storage, Dataset dataset) {
    List<Section> sections = new ArrayList<>(sections(storage, dataset, true));
    sections.add(new Section("uses", "Commands", new UsesSection(dataset.schema())::draw));
    return Frame.page(
        "Chorale: a dataset",
        sections,
        "Written by Chorale, of the dataset alone: the same dataset has the same page.");
  }

  /**
   * The page of a sample of a corpus.
   *
   * @param dataset of the sample, which does not stay
   */
  public static String of(Storage storage, Dataset dataset, SampleFacts sample) {
    ScreeningFacts screening = ScreeningFacts.of(storage, dataset.runs());
    List<Section> sections = new ArrayList<>();
    sections.add(
        new Section("sample", "The whole corpus", new SampleSection(sample, screening)::draw));
    sections.addAll(sections(storage, dataset, false));
    return Frame.page(
        "Chorale: a sample of a corpus", sections, "Written by Chorale, of a sample alone.");
  }

  /**
   * What there is of a dataset.
   *
   * @param stays whether its files can be looked at
   */
  private static List<Section> sections(Storage storage, Dataset dataset, boolean stays) {
    TrainSample sample = TrainSample.of(dataset);
    ScreeningFacts screening = ScreeningFacts.of(storage, dataset.runs());
    return List.of(
        new Section(
            "account", "Account", new AccountSection(Account.of(storage, dataset.runs()))::draw),
        new Section("splits", "Splits", new SplitsSection(dataset.manifest(), sample)::draw),
        new Section("sources", "Sources", new SourcesSection(dataset.manifest())::draw),
        new Section("columns", "Columns", new ColumnsSection(dataset)::draw),
        new Section("lengths", "Lengths", new LengthsSection(dataset, sample)::draw),
        new Section("tokens", "Tokens", new TokensSection(dataset, sample)::draw),
        new Section("labels", "Labels", new LabelsSection(dataset, sample)::draw),
        new Section("numbers", "Numbers", new NumbersSection(dataset, sample)::draw),
        new Section(
            "rejected",
            "Rejected",
            new RejectedSection(Rejections.of(storage, dataset.runs()), stays)::draw),
        new Section("quality", "Quality", new QualitySection(screening)::draw),
        new Section("copies", "Copies", new CopiesSection(screening.copies())::draw),
        new Section(
            "contamination",
            "Held-out texts in the training split",
            new ContaminationSection(screening.contamination())::draw),
        new Section("privacy", "Personal data", new PrivacySection(screening.masked())::draw),
        new Section(
            "contexts", "Padding and truncation", new ContextsSection(dataset, sample)::draw));
  }

  /** Writes the page beside the other files of the dataset. */
  public static void publish(Storage storage, Dataset dataset) {
    storage.publish(
        new Path(dataset.directory(), FILE), of(storage, dataset).getBytes(StandardCharsets.UTF_8));
  }
}
