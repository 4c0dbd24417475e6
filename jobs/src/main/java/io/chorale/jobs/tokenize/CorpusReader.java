package io.chorale.jobs.tokenize;

import io.chorale.config.CorpusSettings;
import io.chorale.corpus.CorpusEntry;
import io.chorale.corpus.CorpusPlan;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SentSettings;
import io.chorale.jobs.spark.Tally;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The corpus as a distributed collection, for work that reads it again instead of keeping parts: a
 * partition is a part of the plan and holds its entries in the order of the corpus.
 */
record CorpusReader(
    JavaSparkContext context, Storage storage, SentSettings settings, CorpusPlan plan) {

  /**
   * Documents and rejections.
   *
   * @param tally is told what is read
   */
  JavaRDD<CorpusEntry> entries(Tally tally) {
    Storage storage = this.storage;
    SentSettings settings = this.settings;
    return context
        .parallelize(plan.parts(), plan.parts().size())
        .flatMap(
            part -> {
              CorpusSettings corpus = settings.sources().get(part.source()).corpus();
              return new SplitEntries(storage, part.splits(), corpus, tally);
            });
  }
}
