package io.chorale.embed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What vectors of texts are worth in retrieval, by measures that no trainer has seen: on paragraphs
 * of WikiText-2's held-out articles.
 *
 * <ul>
 *   <li>articles: each paragraph asks for the others of its article among all: the mean average
 *       precision, and the precision of the first 10.
 *   <li>halves: the first half of each paragraph of 60 words or more asks for its second half among
 *       all second halves: how often it comes first, and the mean reciprocal rank.
 * </ul>
 */
final class DocumentMeasures {
  private static final Pattern ARTICLE = Pattern.compile("= [^=].* =");
  private static final int FIRST = 10;
  private static final int HALVED = 60;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** The parts of a paragraph of which vectors are asked. */
  enum Part {
    WHOLE,
    FIRST,
    SECOND
  }

  /** A text. */
  record Text(int article, int paragraph, Part part, String text) {}

  /** Results, from 0 to 1. */
  record Result(double averagePrecision, double precision, double top, double reciprocalRank) {}

  /** The mean and, of several, the range of each measure. */
  private static String mean(List<Result> results) {
    return Stream.of(
            told("average precision", results, Result::averagePrecision),
            told("precision@" + FIRST, results, Result::precision),
            told("halves first", results, Result::top),
            told("reciprocal rank", results, Result::reciprocalRank))
        .collect(Collectors.joining("  "));
  }

  private static String told(String name, List<Result> results, ToDoubleFunction<Result> measure) {
    DoubleSummaryStatistics all = results.stream().mapToDouble(measure).summaryStatistics();
    String range =
        results.size() == 1
            ? ""
            : String.format(Locale.ROOT, " (%.4f to %.4f)", all.getMin(), all.getMax());
    return String.format(Locale.ROOT, "%s %.4f%s", name, all.getAverage(), range);
  }

  /** How near two texts are, by their places. */
  interface Nearness {
    /** Of one text to each other one. */
    IntToDoubleFunction to(int place);
  }

  private DocumentMeasures() {}

  /** The paragraphs of some files, whole, and the halves of those that are long enough. */
  static List<Text> texts(List<String> lines) {
    List<Text> texts = new ArrayList<>();
    int article = -1;
    int paragraph = 0;
    for (String line : lines) {
      String text = line.strip();
      if (ARTICLE.matcher(text).matches()) {
        article++;
      } else if (!text.isEmpty() && !text.startsWith("=") && article >= 0) {
        String[] words = text.split("\\s+");
        texts.add(new Text(article, paragraph, Part.WHOLE, text));
        if (words.length >= HALVED) {
          int half = words.length / 2;
          String first = String.join(" ", Arrays.copyOf(words, half));
          String second = String.join(" ", Arrays.copyOfRange(words, half, words.length));
          texts.add(new Text(article, paragraph, Part.FIRST, first));
          texts.add(new Text(article, paragraph, Part.SECOND, second));
        }
        paragraph++;
      }
    }
    return texts;
  }

  /** The measures of one way to compare. */
  static Result of(List<Text> texts, Nearness nearness) {
    int[] wholes = places(texts, Part.WHOLE);
    double average = 0;
    double precision = 0;
    int asked = 0;
    for (int query : wholes) {
      int article = texts.get(query).article();
      long relevant =
          Arrays.stream(wholes).filter(p -> texts.get(p).article() == article).count() - 1;
      if (relevant == 0) {
        continue;
      }
      asked++;
      int found = 0;
      int rank = 0;
      for (int place : ranked(wholes, query, nearness.to(query))) {
        rank++;
        if (texts.get(place).article() == article) {
          found++;
          average += (double) found / rank / relevant;
          precision += rank <= FIRST ? 1.0 / FIRST : 0;
        }
      }
    }
    int[] seconds = places(texts, Part.SECOND);
    int[] firsts = places(texts, Part.FIRST);
    double top = 0;
    double reciprocal = 0;
    for (int query : firsts) {
      int rank = 0;
      for (int place : ranked(seconds, query, nearness.to(query))) {
        rank++;
        if (texts.get(place).paragraph() == texts.get(query).paragraph()) {
          break;
        }
      }
      top += rank == 1 ? 1 : 0;
      reciprocal += 1.0 / rank;
    }
    return new Result(
        average / asked, precision / asked, top / firsts.length, reciprocal / firsts.length);
  }

  private static int[] places(List<Text> texts, Part part) {
    return IntStream.range(0, texts.size()).filter(i -> texts.get(i).part() == part).toArray();
  }

  /** The nearest first; equal ones in their order; without the query. */
  private static int[] ranked(int[] places, int query, IntToDoubleFunction nearness) {
    record Ranked(int place, double near) {}
    return Arrays.stream(places)
        .filter(place -> place != query)
        .mapToObj(place -> new Ranked(place, nearness.applyAsDouble(place)))
        .sorted(Comparator.comparing(Ranked::near).reversed())
        .mapToInt(Ranked::place)
        .toArray();
  }

  /** By the cosines of vectors; a text without one is far from all. */
  static Nearness ofVectors(List<float[]> vectors) {
    int size = vectors.stream().mapToInt(vector -> vector.length).max().orElseThrow();
    UnitVectors units =
        UnitVectors.of(
            vectors.size(),
            size,
            (place, into) -> {
              Arrays.fill(into, 0);
              System.arraycopy(vectors.get(place), 0, into, 0, vectors.get(place).length);
            });
    return query -> {
      float[] unit = units.vector(query);
      return place -> units.cosine(unit, place);
    };
  }

  /**
   * By the words that texts share: cosines of their counts, each times the logarithm of the share
   * of training paragraphs that have the word.
   */
  static Nearness ofSharedWords(List<Text> texts, Collection<String> training) {
    Map<String, Integer> frequency = new HashMap<>();
    for (String paragraph : training) {
      for (String word : new HashSet<>(List.of(paragraph.strip().split("\\s+")))) {
        frequency.merge(word, 1, Integer::sum);
      }
    }
    Map<String, Map<Integer, Double>> postings = new HashMap<>();
    List<Map<String, Double>> weights = new ArrayList<>();
    for (int place = 0; place < texts.size(); place++) {
      Map<String, Double> counts = new LinkedHashMap<>();
      for (String word : texts.get(place).text().split("\\s+")) {
        double idf = Math.log((training.size() + 1.0) / (frequency.getOrDefault(word, 0) + 1.0));
        counts.merge(word, idf, Double::sum);
      }
      double norm = Math.sqrt(counts.values().stream().mapToDouble(value -> value * value).sum());
      counts.replaceAll((word, value) -> norm == 0 ? 0 : value / norm);
      weights.add(counts);
      for (Map.Entry<String, Double> word : counts.entrySet()) {
        postings
            .computeIfAbsent(word.getKey(), key -> new LinkedHashMap<>())
            .put(place, word.getValue());
      }
    }
    return query -> {
      double[] scores = new double[texts.size()];
      weights
          .get(query)
          .forEach(
              (word, weight) ->
                  postings.get(word).forEach((place, other) -> scores[place] += weight * other));
      return place -> scores[place];
    };
  }

  private static List<String> lines(String... files) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String file : files) {
      lines.addAll(Files.readAllLines(Path.of(file)));
    }
    return lines;
  }

  private static void write(Path file, List<Text> texts) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int place = 0; place < texts.size(); place++) {
      ObjectNode line = JSON.createObjectNode().put("place", place);
      lines.append(line.put("text", texts.get(place).text())).append('\n');
    }
    Files.writeString(file, lines);
  }

  /** The vectors that embed has written as JSON lines. */
  private static List<float[]> read(Path directory, int count) throws IOException {
    List<float[]> vectors = new ArrayList<>();
    List<Path> parts;
    try (Stream<Path> files = Files.list(directory)) {
      parts = files.filter(file -> file.toString().endsWith(".jsonl")).sorted().toList();
    }
    for (Path part : parts) {
      for (String line : Files.readAllLines(part)) {
        JsonNode row = JSON.readTree(line);
        if (row.get("place").asInt() != vectors.size()) {
          throw new IOException(directory + " has other rows in place " + vectors.size());
        }
        JsonNode list = row.get("vector");
        float[] vector = new float[list.size()];
        for (int k = 0; k < vector.length; k++) {
          vector[k] = (float) list.get(k).asDouble();
        }
        vectors.add(vector);
      }
    }
    if (vectors.size() != count) {
      throw new IOException(directory + " has " + vectors.size() + " rows, not " + count);
    }
    return vectors;
  }

  /**
   * {@code prepare DATA PARAGRAPHS FILE} writes the texts of so many paragraphs; {@code measure
   * DATA PARAGRAPHS NAME=DIRECTORY...} prints a line for each name, the mean of its directories of
   * vectors, and one for tf-idf.
   */
  public static void main(String[] arguments) throws IOException {
    String data = arguments[1];
    int paragraphs = Integer.parseInt(arguments[2]);
    List<Text> texts =
        texts(lines(data + "/valid.txt", data + "/test.txt")).stream()
            .filter(text -> text.paragraph() < paragraphs)
            .toList();
    if (arguments[0].equals("prepare")) {
      write(Path.of(arguments[3]), texts);
      return;
    }
    Map<String, List<Result>> results = new LinkedHashMap<>();
    for (String named : List.of(arguments).subList(3, arguments.length)) {
      String[] parts = named.split("=", 2);
      List<float[]> vectors = read(Path.of(parts[1]), texts.size());
      results
          .computeIfAbsent(parts[0], name -> new ArrayList<>())
          .add(of(texts, ofVectors(vectors)));
    }
    results.forEach((name, some) -> System.out.printf("%-20s %s%n", name, mean(some)));
    List<String> training =
        texts(lines(data + "/train.txt")).stream()
            .filter(text -> text.part() == Part.WHOLE)
            .map(Text::text)
            .toList();
    System.out.printf(
        "%-20s %s%n", "tf-idf", mean(List.of(of(texts, ofSharedWords(texts, training)))));
  }
}
