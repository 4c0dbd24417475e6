package io.chorale.jobs.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.checkpoint.CheckpointChoice;
import io.chorale.checkpoint.TrainedModel;
import io.chorale.config.Settings;
import io.chorale.config.TrainSettings;
import io.chorale.config.TrainSettings.Device;
import io.chorale.io.Storage;
import io.chorale.jobs.spark.SharedSession;
import java.nio.file.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class TrainedModelTest {
  @RegisterExtension static final SharedSession SPARK = new SharedSession();

  @TempDir Path directory;

  @Test
  void theRunSaysHowItWasTrainedAndTheCommandWhereToCompute() {
    JavaSparkContext spark = SPARK.session().context();
    Storage storage = new Storage(spark.hadoopConfiguration());
    TinyTraining training = new TinyTraining(spark, storage, directory.toString());
    training.dataset(400);
    // Falls back where there is no GPU, which a run from a machine with one would not.
    Settings trained = training.settings("run", "train.device=gpu-or-cpu", "train.context=7");
    training.train(trained);

    TrainSettings opened =
        TrainedModel.open(
                storage, training.settings("run", "train.device=cpu"), CheckpointChoice.LAST)
            .settings()
            .train();

    assertEquals(Device.CPU, opened.device());
    assertEquals(trained.train(), opened.on(Device.GPU_OR_CPU));
  }
}
