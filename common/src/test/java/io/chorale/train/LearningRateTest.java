package io.chorale.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chorale.config.SettingsFile;
import io.chorale.config.TrainSettings;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LearningRateTest {
  private static LearningRate of(String... overrides) {
    List<String> all = new ArrayList<>(List.of("train.learning-rate=1.0", "train.warmup=4"));
    all.addAll(List.of(overrides));
    TrainSettings settings = SettingsFile.read("test", "", all).train();
    return new LearningRate(settings);
  }

  @Test
  void warmsUpInEqualSteps() {
    LearningRate rate = of("train.steps=14");
    assertEquals(0.2, rate.at(0), 1e-15);
    assertEquals(0.8, rate.at(3), 1e-15);
    assertEquals(1.0, rate.at(4), 1e-15);
  }

  @Test
  void cosineEndsAtTheMinimum() {
    LearningRate rate = of("train.steps=14", "train.min-learning-rate=0.1");
    assertEquals(0.55, rate.at(9), 1e-15);
    assertEquals(0.1 + 0.45 * (1 + Math.cos(Math.PI * 0.9)), rate.at(13), 1e-15);
    assertEquals(0.1, rate.at(14), 1e-15);
    assertEquals(0.1, rate.at(1000), 1e-15);
  }

  @Test
  void linearFallsByTheSameInEveryStep() {
    LearningRate rate =
        of("train.steps=14", "train.schedule=linear", "train.min-learning-rate=0.1");
    assertEquals(0.8, rate.at(3), 1e-15);
    assertEquals(1.0, rate.at(4), 1e-15);
    assertEquals(0.55, rate.at(9), 1e-15);
    assertEquals(0.19, rate.at(13), 1e-15);
    assertEquals(0.1, rate.at(14), 1e-15);
  }

  @Test
  void warmupLongerThanTheRunIsNoError() {
    LearningRate rate = of("train.steps=2", "train.min-learning-rate=0.1");
    assertEquals(0.4, rate.at(1), 1e-15);
    assertEquals(0.1, rate.at(4), 1e-15);
  }

  @Test
  void constantStays() {
    assertEquals(1.0, of("train.schedule=constant").at(1_000_000), 0);
  }

  @Test
  void stepsDecay() {
    LearningRate rate = of("train.schedule=step", "train.decay-every=10", "train.decay-factor=0.5");
    assertEquals(1.0, rate.at(13), 0);
    assertEquals(0.5, rate.at(14), 0);
    assertEquals(0.25, rate.at(24), 0);
  }
}
