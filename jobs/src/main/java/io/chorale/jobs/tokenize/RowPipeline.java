package io.chorale.jobs.tokenize;

import io.chorale.config.ChoraleException;
import io.chorale.config.DataSettings;
import io.chorale.config.DatasetSplit;
import io.chorale.corpus.Account;
import io.chorale.corpus.CorpusCounts;
import io.chorale.corpus.CorpusFile;
import io.chorale.corpus.CorpusPlan;
import io.chorale.corpus.Document;
import io.chorale.corpus.Rejection;
import io.chorale.data.DatasetManifest;
import io.chorale.data.Schema;
import io.chorale.data.ScreeningFacts;
import io.chorale.jobs.console.Amounts;
import io.chorale.jobs.spark.PartStage;
import io.chorale.jobs.spark.SharedTokenizers;
import io.chorale.jobs.spark.Step;
import io.chorale.jobs.spark.Tally;
import io.chorale.token.Tokenizers;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.hadoop.fs.Path;

/**
 * From a corpus whose documents are rows to shards: learn what its columns are and train the
 * tokenizers, where either is needed; encode; deal to splits and shards; write. Each step takes the
 * parts that an earlier run has finished.
 *
 * @param wanted the tokenizers that the dataset is to have
 * @param found what is known of the documents
 */
record RowPipeline(TokenizeRun run, CorpusTokenizers wanted, Screening.Found found) {

  /**
   * What was written.
   *
   * @param parts what became of each part of the corpus
   */
  record Written(TokenizeJob.Result result, List<EncodedPart> parts) {}

  /** Writes all but what tells of the dataset. */
  Written write() {
    ColumnFacts facts = learn();
    Map<String, byte[]> json = new HashMap<>();
    for (CorpusTokenizers.One one : wanted.all()) {
      json.put(one.file(), one.json().orElseGet(() -> one.withChat(train(one, facts))));
    }
    Path target = TokenizeJob.target(run.settings());
    try (SharedTokenizers tokenizers =
        new SharedTokenizers(run.context(), wanted.files(), json::get, target.toString())) {
      ColumnEncoders encoders =
          ColumnEncoders.of(run.sources().columns(), run.settings().chat(), facts, tokenizers);
      run.growth().ifPresent(growth -> growth.check(encoders.schema()));
      return write(encode(run.made().encoded(json), facts, encoders), encoders, json, tokenizers);
    }
  }

  private Written write(
      EncodedCorpus corpus,
      ColumnEncoders encoders,
      Map<String, byte[]> json,
      SharedTokenizers tokenizers) {
    List<CorpusFile> files = run.plan().files();
    CorpusCounts counts = corpus.counts();
    run.plan().check(counts, run.settings().corpus().maxRejected());
    Account account = corpus.account(run.sources().names());
    account.check();
    RowScale scale =
        run.growth()
            .map(growth -> RowScale.of(growth.dataset().schema()))
            .orElseGet(() -> RowScale.of(corpus, encoders.schema(), run.sent()));
    Schema schema = scale.schema(encoders.schema());
    DealtRows dealt =
        byHash()
            ? DealByHash.deal(
                corpus,
                scale,
                run.sent(),
                new SignedDocuments(run.sent(), found.screen().documents()),
                run.growth().isPresent())
            : DealByPlace.deal(corpus, run.sent(), tokenizers.of(Document.TEXT).orElseThrow());
    if (run.growth().isEmpty() && dealt.shards().count(DatasetSplit.TRAIN) == 0) {
      throw new ChoraleException(
          "Cannot split the corpus: none of its documents falls into the training split, expected at least one. Use a larger corpus or share of it, or data.split: tail.");
    }
    String shards = run.made().shards(json);
    run.staged().begin(PartStage.key(shards));
    if (run.growth().isEmpty()) {
      for (String file : schema.tokenizers().keySet()) {
        run.storage().publish(new Path(run.staged().path(), file), json.get(file));
      }
    }
    DatasetManifest manifest = run.writeShards(dealt, schema, shards);
    if (byHash()) {
      account.checkRows(manifest.rowsBySource());
    }
    run.writeRejected(corpus.rejections(), corpus.rejected());
    ScreeningFacts screening = screening(corpus);
    screening.publish(run.storage(), run.staged().path());
    corpus.filesRead(run).ledger(wanted).publish(run.storage(), run.staged().path());
    return new Written(
        new TokenizeJob.Result(
            manifest, counts, account, counts.damaged(files), screening, run.addition()),
        corpus.parts());
  }

  private boolean byHash() {
    return run.settings().data().split() == DataSettings.Split.DOCUMENT;
  }

  /** Labels and sizes in the training files, read in a pass of its own where there are any. */
  private ColumnFacts learn() {
    if (run.growth().isPresent()) {
      return ColumnFacts.of(run.growth().get().dataset().schema(), wanted.byWord());
    }
    if (!ColumnFacts.areLearned(run.sources().columns())) {
      return ColumnFacts.ofText(wanted.byWord());
    }
    PartStage<ColumnFacts.Seen> stage =
        run.stage("learned", run.made().learned(), ColumnFacts.Seen.class);
    try (Tally tally = new Tally(run.context());
        Step step = run.reading("Collecting labels and sizes", tally)) {
      List<ColumnFacts.Seen> parts =
          stage.run(run.context(), run.plan().parts(), new LearnTask(found.screen(), tally));
      ColumnFacts facts = ColumnFacts.of(parts, wanted.byWord());
      step.finish(facts.toString());
      return facts;
    }
  }

  /**
   * The bytes of a tokenizer, made of what the training files hold; the corpus is checked first.
   */
  private byte[] train(CorpusTokenizers.One one, ColumnFacts facts) {
    String name = "Training the tokenizer of " + String.join(" and ", one.columns());
    PartStage<CountedPart> stage =
        run.stage("pieces", run.made().pieces(one.columns(), facts.byWord()), CountedPart.class);
    try (Tally tally = new Tally(run.context());
        Step step = run.reading(name, tally)) {
      PieceTask task =
          new PieceTask(
              run.storage(), run.sent(), found.screen(), facts, one.columns(), stage, tally);
      List<CountedPart> parts = stage.run(run.context(), run.plan().parts(), task);
      CorpusCounts counts = new CorpusCounts();
      parts.forEach(part -> counts.merge(part.counts()));
      run.plan().check(counts, run.settings().corpus().maxRejected());
      Map<String, Long> pieces = PieceCounter.sum(run.context(), run.storage(), stage, parts);
      byte[] json = Tokenizers.train(one.settings(), pieces);
      step.finish("from %s distinct pieces".formatted(Amounts.count(pieces.size())));
      return json;
    }
  }

  private EncodedCorpus encode(String made, ColumnFacts facts, ColumnEncoders encoders) {
    CorpusPlan plan = run.plan();
    PartStage<EncodedPart> stage = run.stage("encoded", made, EncodedPart.class);
    String name =
        "Encoding %s files (%s)"
            .formatted(Amounts.count(plan.files().size()), Amounts.bytes(plan.storedBytes()));
    try (Tally tally = new Tally(run.context());
        Step step = run.reading(name, tally)) {
      EncodeTask task =
          new EncodeTask(
              run.storage(), run.sent(), found.screen(), facts, encoders, stage, byHash(), tally);
      List<EncodedPart> parts = stage.run(run.context(), run.plan().parts(), task);
      EncodedCorpus.Files files =
          new EncodedCorpus.Files(
              run.storage(),
              stage,
              encoders.schema().columns(),
              FileSplits.of(plan.files()),
              new TreeSet<>());
      EncodedCorpus corpus = new EncodedCorpus(run.context(), files, plan, parts).withoutDamaged();
      step.finish(run.amount(corpus.size()));
      return corpus;
    }
  }

  private ScreeningFacts screening(EncodedCorpus corpus) {
    CorpusCounts counts = corpus.counts();
    long exact = counts.rejected(Rejection.Reason.DUPLICATE);
    long near = counts.rejected(Rejection.Reason.NEAR_DUPLICATE);
    return new ScreeningFacts(
        new TreeMap<>(corpus.byRule()),
        new TreeMap<>(corpus.masked()),
        found.attributes().map(AttributeTotals::languages).orElseGet(TreeMap::new),
        found.attributes().map(AttributeTotals::measures).orElseGet(List::of),
        new ScreeningFacts.Copies(
            exact,
            near,
            exact + near == 0
                ? List.of()
                : LargestClusters.of(
                    run.context(),
                    run.storage(),
                    found.screen().copied(),
                    run.plan().parts().size(),
                    corpus.rejections())),
        found.contamination());
  }
}
