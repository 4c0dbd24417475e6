package io.chorale.jobs.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.chorale.config.AverageSettings.Format;
import io.chorale.config.DatasetSplit;
import io.chorale.config.Settings;
import io.chorale.data.Dataset;
import io.chorale.io.FloatVector;
import io.chorale.io.Storage;
import io.chorale.jobs.evaluate.EvaluateJob;
import io.chorale.jobs.spark.SharedBase;
import io.chorale.jobs.spark.SharedSession;
import io.chorale.jobs.spark.SharedVector;
import io.chorale.model.ParameterLayout;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What travels between workers and driver, in the formats that lose something. */
class ExchangeJobTest {
  private static final Storage STORAGE = new Storage(new Configuration());

  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  @TempDir static java.nio.file.Path temporary;
  private static TinyTraining training;

  /** What the lossy ones are compared with. */
  private static JsonNode exact;

  @BeforeAll
  static void trainWithoutLoss() {
    training = new TinyTraining(SPARK.session().context(), STORAGE, temporary.toString());
    training.dataset(900, 800, 850);
    exact = train(settings("exact"));
  }

  private static Settings settings(String run, String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "train.steps=120",
                "train.workers=2",
                "train.average-every=10",
                "train.warmup=10",
                "train.learning-rate=0.01",
                "average.outer=nesterov"));
    overrides.addAll(List.of(more));
    return training.settings(run, overrides.toArray(String[]::new));
  }

  private static JsonNode train(Settings settings) {
    training.train(settings);
    return training.latest(settings).metrics();
  }

  private static ParameterLayout layout(Settings settings) {
    return TinyDataset.task(settings).layout();
  }

  @ParameterizedTest
  @CsvSource({"bfloat16,2.0,1.0", "int8,1.02,1.0", "int4,0.57,1.0", "int8,1.02,0.5"})
  void lossyFormatsSaveBytesAndLearnAsFloat32Does(String send, double bytes, double down) {
    Settings settings =
        settings(
            "lossy-" + send + "-" + down,
            "average.send=" + send,
            down < 1 ? "average.anchor=bfloat16" : "run.keep=9");
    JsonNode lossy = train(settings);
    long parameters = layout(settings).size();
    assertEquals(2 * 4 * parameters, exact.get("bytes_up").asLong());
    assertEquals(2 * bytes * parameters, lossy.get("bytes_up").asLong(), 0.03 * parameters);
    assertEquals(2 * 4 * parameters * down, lossy.get("bytes_down").asLong());
    assertEquals(4 * parameters, lossy.get("bytes_averaged").asLong());
    double expected = exact.get("validation_loss").asDouble();
    assertTrue(expected < 2, "it has learnt: " + expected);
    assertEquals(expected, lossy.get("validation_loss").asDouble(), 0.02 * expected);
  }

  @ParameterizedTest
  @CsvSource({"bfloat16,float32,nesterov", "int8,bfloat16,adam", "int4,bfloat16,mean"})
  void interruptedRunEndsInTheSameFilesAsAnUndisturbedOne(
      String send, String anchor, String outer) {
    String[] more = {
      "average.send=" + send, "average.anchor=" + anchor, "average.outer=" + outer, "train.steps=40"
    };
    Settings settings = settings("interrupted-" + send, more);
    train(settings);
    List<String> undisturbed = training.checksums(settings);
    assertEquals(4, undisturbed.size());
    training.goBackTo(2, settings);
    train(settings);
    assertEquals(undisturbed, training.checksums(settings));
  }

  @Test
  void modelOfARoundedAnchorIsTheOneThatWasEvaluated() {
    Settings settings = settings("rounded", "average.anchor=bfloat16", "train.steps=40");
    double told = train(settings).get("validation_loss").asDouble();
    FloatVector written =
        training
            .run(settings)
            .checkpoints()
            .parameters(training.latest(settings), layout(settings));
    for (long i = 0; i < written.length(); i++) {
      assertEquals(0, Float.floatToRawIntBits(written.get(i)) & 0xffff);
    }
    SharedVector shared = SharedVector.of(SPARK.session().context(), written, Format.FLOAT32);
    double found =
        EvaluateJob.run(
                SPARK.session().context(),
                STORAGE,
                settings,
                Dataset.open(STORAGE, new Path(settings.data().path())),
                DatasetSplit.VALIDATION,
                shared,
                SharedBase.NONE)
            .get("loss");
    SharedVector.destroy(SPARK.session().context(), shared);
    assertEquals(found, told);
  }
}
