import com.github.pemistahl.lingua.api.IsoCode639_1;
import com.github.pemistahl.lingua.api.LanguageDetectorBuilder;
import com.optimaize.langdetect.LanguageDetector;
import com.optimaize.langdetect.i18n.LdLocale;
import com.optimaize.langdetect.ngram.NgramExtractors;
import com.optimaize.langdetect.profiles.LanguageProfileReader;
import io.chorale.quality.LanguageIdentifier;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import opennlp.tools.langdetect.LanguageDetectorME;
import opennlp.tools.langdetect.LanguageDetectorModel;

/**
 * Speed and accuracy of libraries of the JVM that tell the language of a text; see
 * scripts/compare-languages.
 *
 * <p>Arguments: a directory with files LANGUAGE.NAME.txt, a text a line; anything more: lingua at
 * full accuracy too. The texts of a file are joined and cut into windows of so many characters; each
 * window is a document. Times are those that the one thread had a core.
 */
public final class Languages {
  private static final int[] LENGTHS = {200, 50, 512};
  private static final int MOST = 30; // windows of a file
  private static final int TURNS = 2;

  /** A file is LANGUAGE.NAME. */
  private record Window(String language, String file, String text) {}

  public static void main(String[] arguments) throws Exception {
    Map<String, Function<String, String>> libraries = new LinkedHashMap<>();
    Map<String, Long> heaps = new LinkedHashMap<>();
    long before = used();
    LanguageIdentifier own = LanguageIdentifier.standard();
    libraries.put("chorale", text -> own.identify(text).language());
    before = told(heaps, "chorale", before);
    libraries.put("optimaize", optimaize());
    before = told(heaps, "optimaize", before);
    libraries.put("opennlp", openNlp());
    before = told(heaps, "opennlp", before);
    libraries.put("lingua, low", lingua(true));
    if (arguments.length > 1) {
      libraries.put("lingua, high", lingua(false)); // some GB and minutes of its own
    }
    for (int length : LENGTHS) {
      compare(windows(Path.of(arguments[0]), length), length, libraries);
    }
    System.out.println("MB of heap after start, before the first text: " + heaps);
  }

  private static long told(Map<String, Long> heaps, String name, long before) {
    long now = used();
    heaps.put(name, (now - before) >> 20);
    return now;
  }

  /** Of this thread, so that what else the machine does counts little. */
  private static long cpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static long used() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private static void compare(
      List<Window> windows, int length, Map<String, Function<String, String>> libraries) {
    long bytes =
        windows.stream().mapToLong(w -> w.text.getBytes(StandardCharsets.UTF_8).length).sum();
    System.out.printf("%d characters, %d windows%n", length, windows.size());
    libraries.forEach(
        (name, library) -> {
          long nanos = Long.MAX_VALUE;
          Map<String, int[]> byFile = new TreeMap<>();
          for (int turn = 0; turn < TURNS; turn++) {
            byFile.clear();
            long begin = cpu();
            for (Window window : windows) {
              String found = library.apply(window.text);
              int[] counts = byFile.computeIfAbsent(window.file, f -> new int[2]);
              counts[0]++;
              counts[1] += found.equals(window.language) ? 1 : 0;
            }
            nanos = Math.min(nanos, cpu() - begin);
          }
          Map<String, Double> right = new TreeMap<>();
          byFile.forEach((file, counts) -> right.put(file, 100.0 * counts[1] / counts[0]));
          System.out.printf(
              "  %-13s %5.1f %% right (mean of files), %7.1f us a window, %6.2f MB/s%n",
              name,
              right.values().stream().mapToDouble(r -> r).average().orElse(0),
              nanos / 1e3 / windows.size(),
              1e3 * bytes / nanos);
          System.out.println("      worst: " + told(right, file -> right.get(file) < 90));
          System.out.println("      " + told(right, file -> !file.endsWith(".declaration")));
        });
  }

  private static String told(Map<String, Double> right, Predicate<String> files) {
    return right.entrySet().stream()
        .filter(e -> files.test(e.getKey()))
        .map(e -> "%s %.0f".formatted(e.getKey(), e.getValue()))
        .collect(Collectors.joining(", "));
  }

  private static List<Window> windows(Path directory, int length) throws Exception {
    List<Window> windows = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.sorted().toList()) {
        String[] name = file.getFileName().toString().split("\\.");
        String text = String.join(" ", Files.readAllLines(file));
        for (int i = 0; i < MOST && (i + 1) * length <= text.length(); i++) {
          windows.add(new Window(name[0], name[0] + "." + name[1], text.substring(i * length, (i + 1) * length)));
        }
      }
    }
    return windows;
  }

  private static Function<String, String> optimaize() throws Exception {
    LanguageDetector detector =
        com.optimaize.langdetect.LanguageDetectorBuilder.create(NgramExtractors.standard())
            .withProfiles(new LanguageProfileReader().readAllBuiltIn())
            .build();
    return text -> detector.getProbabilities(text).stream().findFirst().map(l -> l.getLocale().getLanguage()).orElse("und");
  }

  private static Function<String, String> openNlp() throws Exception {
    Map<String, String> codes = new TreeMap<>();
    for (String two : Locale.getISOLanguages()) {
      // The former codes iw, in and ji become he, id and yi.
      codes.put(Locale.forLanguageTag(two).getISO3Language(), Locale.forLanguageTag(two).toLanguageTag());
    }
    codes.putAll(Map.of("cmn", "zh", "nob", "no", "nno", "no", "ekk", "et", "lvs", "lv", "pes", "fa", "swh", "sw", "zsm", "ms", "arb", "ar", "als", "sq"));
    try (InputStream in = LanguageDetectorModel.class.getResourceAsStream("/langdetect-183.bin")) {
      LanguageDetectorME detector = new LanguageDetectorME(new LanguageDetectorModel(in));
      return text -> {
        String code = detector.predictLanguage(text).getLang();
        return codes.getOrDefault(code, code);
      };
    }
  }

  private static Function<String, String> lingua(boolean low) {
    LanguageDetectorBuilder builder = LanguageDetectorBuilder.fromAllSpokenLanguages();
    com.github.pemistahl.lingua.api.LanguageDetector detector =
        (low ? builder.withLowAccuracyMode() : builder).build();
    return text -> {
      IsoCode639_1 code = detector.detectLanguageOf(text).getIsoCode639_1();
      String name = code.toString().toLowerCase(Locale.ROOT);
      return name.equals("nb") || name.equals("nn") ? "no" : name;
    };
  }
}
