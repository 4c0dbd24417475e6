package io.chorale.jobs.tokenize;

import io.chorale.corpus.Account;
import io.chorale.corpus.CorpusCounts;
import io.chorale.corpus.CorpusFile;
import io.chorale.data.DatasetManifest;
import io.chorale.data.ScreeningFacts;
import io.chorale.jobs.spark.Broadcasts;
import io.chorale.jobs.spark.PartStage;
import io.chorale.jobs.spark.Step;
import io.chorale.jobs.spark.Tally;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.broadcast.Broadcast;

/**
 * From a corpus whose records are the steps of series to shards: see what the steps are; sort them
 * to series; deal these to splits and shards; write. Only shards that an earlier run has written
 * are not made again. To a dataset that has series their new steps are added.
 *
 * @param wanted tokenizers, of which there are none
 */
record SeriesPipeline(TokenizeRun run, CorpusTokenizers wanted) {

  /** Writes all but what tells of the dataset. */
  TokenizeJob.Result write() {
    List<CorpusFile> listed = run.plan().files();
    int history = SeriesJob.history(run.settings());
    Optional<SeriesBase> base =
        run.growth().map(growth -> SeriesBase.of(run.storage(), growth, history));
    CorpusReader corpus = new CorpusReader(run.context(), run.storage(), run.sent(), run.plan());
    StepFacts facts = stepFacts(corpus, base);
    Broadcast<List<CorpusFile>> files = run.context().broadcast(listed);
    try (Tally tally = new Tally(run.context());
        SeriesJob job = sorted(corpus, facts, base, tally)) {
      SeriesJob.Counted counted = job.count(files);
      CorpusCounts counts = counted.counts();
      run.plan().check(counts, run.settings().corpus().maxRejected());
      Account account = Account.of(run.sources().names().get(0), facts.read(), counts, listed);
      account.check();
      SeriesJob.Rows rows = job.rows();
      run.growth().ifPresent(growth -> growth.check(rows.schema()));
      String shards = run.made().shards(Map.of());
      run.staged().begin(PartStage.key(shards));
      DatasetManifest manifest = run.writeShards(rows.dealt(), rows.schema(), shards);
      job.writeTail(run.storage(), run.staged().path());
      run.writeRejected(job.rejectedLines(files, counted), counted.allKept());
      ScreeningFacts.NONE.publish(run.storage(), run.staged().path());
      new FilesRead(run, counts, counted.read(), counted.rejected())
          .ledger(wanted)
          .publish(run.storage(), run.staged().path());
      return new TokenizeJob.Result(
          manifest, counts, account, counts.damaged(listed), ScreeningFacts.NONE, run.addition());
    } finally {
      Broadcasts.destroy(run.context(), files);
    }
  }

  private StepFacts stepFacts(CorpusReader corpus, Optional<SeriesBase> base) {
    try (Tally tally = new Tally(run.context());
        Step step = run.reading("Reading steps", tally)) {
      StepFacts facts =
          StepFacts.of(
              corpus.entries(tally),
              run.plan(),
              run.settings().corpus().maxRejected(),
              base.map(SeriesBase::tail),
              tally);
      step.finish(facts.toString());
      return facts;
    }
  }

  private SeriesJob sorted(
      CorpusReader corpus, StepFacts facts, Optional<SeriesBase> base, Tally tally) {
    try (Step step = run.reading("Sorting steps", tally)) {
      JavaPairRDD<StepKey, float[]> known =
          base.map(there -> there.tail().read(run.context(), run.storage(), there.run()))
              .orElseGet(() -> JavaPairRDD.fromJavaRDD(run.context().emptyRDD()));
      SeriesJob job = new SeriesJob(run.settings(), corpus.entries(tally), facts, base, known);
      step.finish(job.found());
      return job;
    }
  }
}
