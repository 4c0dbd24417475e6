package io.chorale.embed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.chorale.io.Storage;
import io.chorale.random.SplitMix64;
import io.chorale.vectors.VectorFile;
import io.chorale.vectors.Vocabulary;
import io.chorale.vectors.WordVectors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;

/**
 * What word vectors are worth, by measures that no trainer has seen, from the data in {@code
 * data/}.
 *
 * <ul>
 *   <li>classes: the share of words of one clear word class (people's labels, on other text) that
 *       the majority of their 10 nearest neighbours among such words shares.
 *   <li>company: pairs of words that stand within five words of each other in held-out text, three
 *       times or more and with a pointwise mutual information above 2; the share that is nearer
 *       than the first word and a decoy as frequent as the second that never stands near it. Chance
 *       is 50 %.
 *   <li>analogies: the share of questions whose answer is the nearest word, and the mean reciprocal
 *       rank of the answer.
 * </ul>
 */
final class VectorMeasures {
  private static final int NEIGHBOURS = 10;
  private static final int REACH = 5;

  /** Results in percent. */
  record Result(double classes, double company, double analogies, double reciprocalRank) {
    @Override
    public String toString() {
      return "classes %.1f  company %.1f  analogies %.1f  reciprocal rank %.1f"
          .formatted(classes, company, analogies, reciprocalRank);
    }
  }

  private final Map<String, Integer> index = new HashMap<>();
  private final int[] classed;
  private final int[] classes;
  private final int[][] company;
  private final int[][] questions;

  /**
   * @param words that all parties know, by falling training count
   * @param counts of them in training
   */
  VectorMeasures(Path data, List<String> words, long[] counts) throws IOException {
    for (int i = 0; i < words.size(); i++) {
      index.put(words.get(i), i);
    }
    Map<Integer, String> found = classes(data.resolve("ud-english-lines"));
    classed = found.keySet().stream().mapToInt(Integer::intValue).toArray();
    List<String> names = found.values().stream().distinct().sorted().toList();
    classes = found.values().stream().mapToInt(names::indexOf).toArray();
    company = company(data.resolve("wikitext-2"), counts);
    questions = questions(data.resolve("word-analogies"));
  }

  /** What there is to measure. */
  String sizes() {
    return "%,d words with a class, %,d pairs, %,d analogies"
        .formatted(classed.length, company.length, questions.length);
  }

  /**
   * Measures.
   *
   * @param vectors of the words, in their order, of any length; changed: made of length 1
   */
  Result of(float[][] vectors) {
    for (float[] vector : vectors) {
      double norm = Math.sqrt(dot(vector, vector));
      for (int k = 0; k < vector.length; k++) {
        vector[k] /= norm == 0 ? 1 : (float) norm;
      }
    }
    int right = 0;
    for (int[] pair : company) {
      float[] word = vectors[pair[0]];
      right += dot(word, vectors[pair[1]]) > dot(word, vectors[pair[2]]) ? 1 : 0;
    }
    int[] ranks = ranks(vectors);
    double top = 100.0 * Arrays.stream(ranks).filter(rank -> rank == 1).count() / ranks.length;
    double reciprocal = Arrays.stream(ranks).mapToDouble(rank -> 100.0 / rank).average().orElse(0);
    return new Result(sameClass(vectors), 100.0 * right / company.length, top, reciprocal);
  }

  private double sameClass(float[][] vectors) {
    int right = 0;
    for (int i = 0; i < classed.length; i++) {
      float[] best = new float[NEIGHBOURS];
      int[] classOf = new int[NEIGHBOURS];
      Arrays.fill(best, -2);
      for (int j = 0; j < classed.length; j++) {
        float score = i == j ? -2 : dot(vectors[classed[i]], vectors[classed[j]]);
        for (int n = NEIGHBOURS - 1; n >= 0 && score > best[n]; n--) {
          if (n + 1 < NEIGHBOURS) {
            best[n + 1] = best[n];
            classOf[n + 1] = classOf[n];
          }
          best[n] = score;
          classOf[n] = classes[j];
        }
      }
      int[] votes = new int[NEIGHBOURS];
      for (int n = 0; n < NEIGHBOURS; n++) {
        for (int each : classOf) {
          votes[n] += each == classOf[n] ? 1 : 0;
        }
      }
      int winner = 0;
      for (int n = 1; n < NEIGHBOURS; n++) {
        winner = votes[n] > votes[winner] ? n : winner;
      }
      right += classOf[winner] == classes[i] ? 1 : 0;
    }
    return 100.0 * right / classed.length;
  }

  private int[] ranks(float[][] vectors) {
    int[] ranks = new int[questions.length];
    for (int q = 0; q < questions.length; q++) {
      int[] question = questions[q];
      float[] wanted = vectors[question[1]].clone();
      for (int k = 0; k < wanted.length; k++) {
        wanted[k] += vectors[question[2]][k] - vectors[question[0]][k];
      }
      float score = dot(wanted, vectors[question[3]]);
      ranks[q] = 1;
      for (int word = 0; word < vectors.length; word++) {
        if (dot(wanted, vectors[word]) > score
            && word != question[0]
            && word != question[1]
            && word != question[2]) {
          ranks[q]++;
        }
      }
    }
    return ranks;
  }

  /** The class of each word that has one in at least four of five of its two or more uses. */
  private Map<Integer, String> classes(Path directory) throws IOException {
    Map<Integer, Map<String, Integer>> uses = new TreeMap<>();
    ObjectMapper json = new ObjectMapper();
    for (String part : List.of("train", "dev", "test")) {
      for (String line : Files.readAllLines(directory.resolve(part + ".jsonl"))) {
        JsonNode sentence = json.readTree(line);
        for (int i = 0; i < sentence.get("tokens").size(); i++) {
          Integer word = index.get(sentence.get("tokens").get(i).textValue());
          if (word != null) {
            uses.computeIfAbsent(word, w -> new TreeMap<>())
                .merge(sentence.get("tags").get(i).textValue(), 1, Integer::sum);
          }
        }
      }
    }
    Map<Integer, String> clear = new LinkedHashMap<>();
    uses.forEach(
        (word, tags) -> {
          int all = tags.values().stream().mapToInt(Integer::intValue).sum();
          tags.forEach(
              (tag, count) -> {
                if (all >= 2 && count >= 0.8 * all) {
                  clear.put(word, tag);
                }
              });
        });
    return clear;
  }

  private int[][] company(Path directory, long[] counts) throws IOException {
    Map<Long, Integer> near = new TreeMap<>();
    long[] single = new long[index.size()];
    long total = 0;
    for (String part : List.of("valid.txt", "test.txt")) {
      for (String line : Files.readAllLines(directory.resolve(part))) {
        int[] words =
            Arrays.stream(line.strip().split(" +"))
                .mapToInt(word -> index.getOrDefault(word, -1))
                .toArray();
        for (int i = 0; i < words.length; i++) {
          for (int j = Math.max(0, i - REACH); j < Math.min(words.length, i + REACH + 1); j++) {
            if (words[i] >= 0 && words[j] >= 0 && words[i] != words[j]) {
              near.merge((long) words[i] << 32 | words[j], 1, Integer::sum);
              single[words[i]]++;
              total++;
            }
          }
        }
      }
    }
    List<int[]> pairs = new ArrayList<>();
    SplitMix64 random = new SplitMix64(1);
    for (Map.Entry<Long, Integer> pair : near.entrySet()) {
      int word = (int) (pair.getKey() >>> 32);
      int other = (int) (long) pair.getKey();
      double expected = (double) single[word] * single[other] / total;
      if (pair.getValue() < 3 || Math.log(pair.getValue() / expected) <= 2) {
        continue;
      }
      // The words are sorted by count: those within a tenth lie around the other.
      int from = other;
      int to = other;
      while (from > 0 && counts[from - 1] <= counts[other] * 1.1) {
        from--;
      }
      while (to < counts.length && counts[to] >= counts[other] * 0.9) {
        to++;
      }
      for (int tries = 0; tries < 20; tries++) {
        int decoy = from + (int) random.below(to - from);
        if (decoy != other && decoy != word && !near.containsKey((long) word << 32 | decoy)) {
          pairs.add(new int[] {word, other, decoy});
          break;
        }
      }
    }
    return pairs.toArray(int[][]::new);
  }

  private int[][] questions(Path directory) throws IOException {
    List<int[]> found = new ArrayList<>();
    for (String line : Files.readAllLines(directory.resolve("questions-words.txt"))) {
      int[] words =
          Arrays.stream(line.split(" ")).mapToInt(word -> index.getOrDefault(word, -1)).toArray();
      if (words.length == 4 && Arrays.stream(words).allMatch(word -> word >= 0)) {
        found.add(words);
      }
    }
    return found.toArray(int[][]::new);
  }

  static float dot(float[] a, float[] b) {
    float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    int k = 0;
    for (; k + 3 < a.length; k += 4) {
      s0 += a[k] * b[k];
      s1 += a[k + 1] * b[k + 1];
      s2 += a[k + 2] * b[k + 2];
      s3 += a[k + 3] * b[k + 3];
    }
    for (; k < a.length; k++) {
      s0 += a[k] * b[k];
    }
    return s0 + s1 + (s2 + s3);
  }

  /** Words of many kinds, whose neighbours are shown. */
  private static final List<String> SHOWN =
      List.of(
          "king",
          "river",
          "album",
          "August",
          "seven",
          "hospital",
          "wrote",
          "large",
          "England",
          "season",
          "ship",
          "although");

  private static String nearest(List<String> words, float[][] unit, String word) {
    int of = words.indexOf(word);
    return IntStream.range(0, of < 0 ? 0 : unit.length)
        .filter(other -> other != of)
        .boxed()
        .sorted(Comparator.comparingDouble(other -> -dot(unit[of], unit[other])))
        .limit(5)
        .map(words::get)
        .collect(Collectors.joining(" "));
  }

  /**
   * Measures files of word vectors by the words that all of them hold, and shows the nearest ones
   * of some: {@code DATA FILE...}.
   */
  public static void main(String[] args) throws IOException {
    Path data = Path.of(args[0]);
    Vocabulary vocabulary = new TextBlocks(data.resolve("wikitext-2/train.txt"), 5).vocabulary;
    Storage storage = new Storage(new Configuration(false));
    List<WordVectors> parties = new ArrayList<>();
    for (String file : Arrays.asList(args).subList(1, args.length)) {
      parties.add(VectorFile.read(storage, new org.apache.hadoop.fs.Path(file)).vectors());
    }
    int[] shared =
        IntStream.range(0, vocabulary.size())
            .filter(
                word ->
                    parties.stream().allMatch(p -> p.find(vocabulary.spelling(word)).isPresent()))
            .toArray();
    List<String> words = IntStream.of(shared).mapToObj(vocabulary::spelling).toList();
    VectorMeasures measures =
        new VectorMeasures(
            data, words, IntStream.of(shared).mapToLong(vocabulary::count).toArray());
    System.out.println(measures.sizes());
    for (int i = 0; i < parties.size(); i++) {
      WordVectors party = parties.get(i);
      float[][] vectors =
          words.stream().map(word -> party.vector(word).orElseThrow()).toArray(float[][]::new);
      System.out.printf("%-32s %s%n", args[i + 1], measures.of(vectors));
      SHOWN.forEach(
          word -> System.out.printf("    %-10s %s%n", word, nearest(words, vectors, word)));
    }
  }
}
