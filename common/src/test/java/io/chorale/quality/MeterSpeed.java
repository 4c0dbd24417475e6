package io.chorale.quality;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * Measures how many MB/s of text a core counts: {@code scripts/quality-speed FILE...}. No test.
 *
 * <p>Files are cut into documents of some 3,000 bytes at blank lines. Parts of the work take turns;
 * of each the median is told, by the time that the thread had a core.
 */
final class MeterSpeed {
  private static final int DOCUMENT = 3000;
  private static final int MOST = 32 << 20;
  private static final int TURNS = 7;

  private MeterSpeed() {}

  /** Measures the texts of these files. */
  public static void main(String[] files) throws IOException {
    List<String> documents = documents(files);
    long bytes = documents.stream().mapToLong(d -> d.getBytes(StandardCharsets.UTF_8).length).sum();
    System.out.printf("%,d documents, %,d bytes%n", documents.size(), bytes);
    Map<String, List<Double>> speeds = new LinkedHashMap<>();
    Map<String, ToLongFunction<String>> parts = parts();
    long kept = 0;
    for (int turn = 0; turn < TURNS; turn++) {
      for (Map.Entry<String, ToLongFunction<String>> part : parts.entrySet()) {
        long begin = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        for (String document : documents) {
          kept += part.getValue().applyAsLong(document);
        }
        long spent = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - begin;
        speeds.computeIfAbsent(part.getKey(), name -> new ArrayList<>()).add(1e3 * bytes / spent);
      }
    }
    speeds.forEach(
        (name, values) -> {
          double[] sorted = values.stream().mapToDouble(v -> v).sorted().toArray();
          System.out.printf(
              "%-28s %7.1f MB/s (%.1f to %.1f)%n",
              name, sorted[TURNS / 2], sorted[0], sorted[TURNS - 1]);
        });
    System.out.println("(" + kept + ")");
  }

  private static Map<String, ToLongFunction<String>> parts() {
    TextScan scan = new TextScan(Meter.STOP_WORDS);
    Repetition repetition = new Repetition();
    LineCounts lines = new LineCounts();
    Counts counts = new Counts();
    Meter meter = new Meter(Meter.STOP_WORDS, Optional.empty(), Optional.empty());
    Rules rules = Rules.of(List.of("fineweb"), List.of(), List.of(), List.of());
    TextPattern pattern = TextPattern.of("(?i)all rights reserved|copyright [0-9]+");
    Map<String, ToLongFunction<String>> parts = new LinkedHashMap<>();
    parts.put(
        "words",
        text -> {
          scan.scan(text);
          return scan.size();
        });
    parts.put(
        "words and n-grams",
        text -> {
          scan.scan(text);
          repetition.count(scan, counts);
          return scan.size();
        });
    parts.put(
        "lines and paragraphs",
        text -> {
          lines.count(text, counts);
          return counts.get(Count.LINES);
        });
    parts.put("filter c4", text -> LineFilter.C4.filter(text).sentences());
    parts.put("filter fineweb", text -> LineFilter.FINEWEB.filter(text).sentences());
    parts.put("a pattern", pattern::matches);
    parts.put(
        "all counts, fineweb's rules",
        text -> rules.judge(meter.measure(text)).isPresent() ? 1 : 0);
    return parts;
  }

  private static List<String> documents(String[] files) throws IOException {
    List<String> documents = new ArrayList<>();
    long characters = 0;
    for (String file : files) {
      String text = new String(Files.readAllBytes(Path.of(file)), StandardCharsets.UTF_8);
      for (int from = 0; from < text.length() && characters < MOST; ) {
        int blank = text.indexOf("\n\n", Math.min(from + DOCUMENT, text.length()));
        int end = blank < 0 || blank > from + 2 * DOCUMENT ? from + DOCUMENT : blank + 2;
        String document = text.substring(from, Math.min(end, text.length()));
        documents.add(document);
        characters += document.length();
        from = end;
      }
    }
    return documents;
  }
}
