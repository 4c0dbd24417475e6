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
import org.apache.spark.broadcast.Broadcast;

/**
 * From a corpus whose records are the steps of series to shards: see what the steps are; sort them
 * to series; deal these to splits and shards; write. Only shards that an earlier run has written
 * are not made again.
 */
record SeriesPipeline(TokenizeRun run) {

  /** Writes all but what tells of the dataset. */
  TokenizeJob.Result write() {
    List<CorpusFile> listed = run.plan().files();
    CorpusReader corpus = new CorpusReader(run.context(), run.storage(), run.sent(), run.plan());
    StepFacts facts = stepFacts(corpus);
    Broadcast<List<CorpusFile>> files = run.context().broadcast(listed);
    try (Tally tally = new Tally(run.context());
        SeriesJob job = sorted(corpus, facts, tally)) {
      SeriesJob.Counted counted = job.count(files);
      CorpusCounts counts = counted.counts();
      counts.check(listed, run.settings().corpus().maxRejected());
      Account account = Account.of(run.sources().names().get(0), facts.read(), counts, listed);
      account.check();
      SeriesJob.Rows rows = job.rows();
      String shards = run.made().shards(Map.of());
      run.staged().begin(PartStage.key(shards));
      DatasetManifest manifest = run.writeShards(rows.dealt(), rows.schema(), shards);
      run.writeRejected(job.rejectedLines(files, counted), counted.rejected());
      return new TokenizeJob.Result(
          manifest, counts, account, counts.damaged(listed), ScreeningFacts.NONE, "");
    } finally {
      Broadcasts.destroy(run.context(), files);
    }
  }

  private StepFacts stepFacts(CorpusReader corpus) {
    try (Tally tally = new Tally(run.context());
        Step step = run.reading("Reading steps", tally)) {
      StepFacts facts =
          StepFacts.of(
              corpus.entries(tally),
              run.plan().files(),
              run.settings().corpus().maxRejected(),
              tally);
      step.finish(facts.toString());
      return facts;
    }
  }

  private SeriesJob sorted(CorpusReader corpus, StepFacts facts, Tally tally) {
    try (Step step = run.reading("Sorting steps", tally)) {
      SeriesJob job = new SeriesJob(run.settings(), corpus.entries(tally), facts);
      step.finish(job.found());
      return job;
    }
  }
}
