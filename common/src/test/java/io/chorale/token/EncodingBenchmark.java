package io.chorale.token;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * Compares encoders of byte-level BPE: megabytes a second of processor time, on one core, for the
 * lines of a text that the tokenizer was trained on. {@code scripts/compare-encoders} runs it.
 *
 * <p>Parties run in turns, and medians over the turns are compared, since machines are shared. All
 * give the same ids, or it fails.
 */
final class EncodingBenchmark {
  private static final int TURNS = 7;
  private static final int WARM = 3;
  private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();

  private EncodingBenchmark() {}

  /**
   * Measures.
   *
   * @param arguments a file of text, then sizes of vocabularies
   */
  public static void main(String[] arguments) throws IOException {
    String text = Files.readString(Path.of(arguments[0]));
    List<String> lines = text.lines().toList();
    long bytes = lines.stream().mapToLong(l -> l.getBytes(StandardCharsets.UTF_8).length).sum();
    System.out.printf("%s: %,d lines, %,d bytes%n", arguments[0], lines.size(), bytes);
    Map<String, Long> counts = Texts.counts(PreTokenizer.forPattern(Splitting.GPT2), text);
    System.out.printf("%,d distinct pieces%n", counts.size());
    for (int i = 1; i < arguments.length; i++) {
      int vocabulary = Integer.parseInt(arguments[i]);
      measure(BpeTrainer.train(counts, vocabulary, Splitting.GPT2), vocabulary, lines, bytes);
    }
  }

  private static void measure(byte[] json, int vocabulary, List<String> lines, long bytes) {
    TokenizerFile file = TokenizerFile.read(json, "benchmark");
    Tokenizer ours = BytePairTokenizer.of(file).orElseThrow();
    Tokenizer merging = BytePairTokenizer.of(file, 0).orElseThrow();
    Jtokkit jtokkit = new Jtokkit(json);
    Cutter cutter = new Gpt2Cutter();
    int[] pieces = new int[1];
    Map<String, ToIntFunction<String>> parties = new LinkedHashMap<>();
    parties.put("jtokkit", line -> jtokkit.encode(line).length);
    parties.put("chorale", line -> ours.encode(line).length);
    parties.put("chorale, keeping 4 pieces", line -> merging.encode(line).length);
    parties.put(
        "chorale, cutting alone",
        line -> {
          cutter.cut(line, (from, to) -> pieces[0]++);
          return 0;
        });
    try (HuggingFaceTokenizer oracle = Texts.oracle(json)) {
      for (String line : lines.subList(0, Math.min(lines.size(), 300))) {
        check(Texts.ids(oracle, line), ours.encode(line), line);
      }
    }
    for (String line : lines) {
      int[] ids = jtokkit.encode(line);
      check(ids, ours.encode(line), line);
      check(ids, merging.encode(line), line);
    }
    double[][] speeds = new double[parties.size()][TURNS];
    for (int turn = -WARM; turn < TURNS; turn++) {
      int party = 0;
      for (ToIntFunction<String> encode : parties.values()) {
        long start = CPU.getCurrentThreadCpuTime();
        long tokens = 0;
        for (String line : lines) {
          tokens += encode.applyAsInt(line);
        }
        double seconds = (CPU.getCurrentThreadCpuTime() - start) / 1e9;
        if (tokens < 0) {
          throw new AssertionError("tokens are counted so that none is left out");
        }
        if (turn >= 0) {
          speeds[party][turn] = bytes / seconds / 1e6;
        }
        party++;
      }
    }
    System.out.printf("%,d entries%n", vocabulary);
    int party = 0;
    double first = median(speeds[0]);
    for (String name : parties.keySet()) {
      double speed = median(speeds[party++]);
      System.out.printf("  %-28s %7.1f MB/s %6.2f x%n", name, speed, speed / first);
    }
  }

  private static void check(int[] expected, int[] found, String text) {
    if (!Arrays.equals(expected, found)) {
      throw new AssertionError("other ids of the text " + text);
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
