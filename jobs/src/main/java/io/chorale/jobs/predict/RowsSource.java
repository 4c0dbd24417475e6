package io.chorale.jobs.predict;

import io.chorale.checkpoint.CheckpointFile;
import io.chorale.checkpoint.RunDirectory;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.Settings;
import io.chorale.data.Column;
import io.chorale.data.Schema;
import io.chorale.embed.VectorSource;
import io.chorale.embed.WordTable;
import io.chorale.io.FloatSlices;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedTokenizers;
import io.chorale.vectors.VectorTokenizer;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * What a model that rows go through consists of, on the driver.
 *
 * @param name of where it was taken from, for people
 * @param settings by which rows are read and put through it
 * @param schema of the columns that it may read
 * @param parameters its values
 * @param fingerprint of the values: with another one it makes something else of rows
 * @param tokenizers hands on those of some columns
 */
record RowsSource(
    String name,
    Settings settings,
    Schema schema,
    FloatSlices parameters,
    String fingerprint,
    Tokenizers tokenizers) {

  /** Hands tokenizers on to executors. */
  interface Tokenizers {
    /**
     * Those of columns of text; to be closed.
     *
     * @param files by the names of the columns
     */
    SharedTokenizers share(JavaSparkContext context, Map<String, String> files);
  }

  /** The model of a run. */
  static RowsSource of(Storage storage, TrainedModel trained) {
    Settings settings = trained.settings();
    RunDirectory run = new RunDirectory(storage, Storage.path("run.path", settings.run().path()));
    return new RowsSource(
        "%s, round %d".formatted(run.path(), trained.checkpoint().round()),
        settings,
        trained.schema(),
        trained.parameters(),
        trained.checkpoint().parts().get(CheckpointFile.MODEL).name(),
        (context, files) -> new SharedTokenizers(context, files, run::file, run.path().toString()));
  }

  /** Word vectors. */
  static RowsSource of(VectorSource source, WordTable table, Settings settings) {
    String fingerprint = table.fingerprint();
    return new RowsSource(
        source.name(),
        settings,
        Schema.text(table.tokenizer().vocabularySize(), fingerprint),
        table.rows(),
        fingerprint,
        (context, files) ->
            SharedTokenizers.of(
                context,
                Column.TEXT,
                table.tokenizer().write(),
                source.name(),
                (bytes, name) -> VectorTokenizer.read(bytes)));
  }
}
