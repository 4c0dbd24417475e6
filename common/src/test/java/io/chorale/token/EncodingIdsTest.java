package io.chorale.token;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids of byte-level BPE are those of Hugging Face's tokenizers and of jtokkit. */
class EncodingIdsTest {

  /** Long runs, of which some merges are learned too. */
  private static final List<String> RUNS =
      List.of("a", "ab", "😀", "👩‍👩‍👧‍👦", "\u0301", "e\u0301", "中文", "-", "1");

  private static final byte[] JSON = train();

  private static byte[] train() {
    StringBuilder runs = new StringBuilder();
    RUNS.forEach(run -> runs.append(run.repeat(40)).append('\n'));
    return BpeTrainer.train(
        Texts.counts(PreTokenizer.forPattern("gpt2"), Texts.REAL.repeat(2), runs.toString()),
        700,
        "gpt2");
  }

  private static Tokenizer tokenizer(byte[] json) {
    return assertInstanceOf(BytePairTokenizer.class, Tokenizers.load(json, "test"));
  }

  /** A tokenizer that keeps the ids of few pieces. */
  private static Tokenizer keeping(int pieces) {
    return BytePairTokenizer.of(TokenizerFile.read(JSON, "test"), pieces).orElseThrow();
  }

  @Test
  void textsOfAllPlanesHaveTheSameIds() {
    Tokenizer tokenizer = tokenizer(JSON);
    Jtokkit jtokkit = new Jtokkit(JSON);
    Texts.anyPlane(200_000)
        .forEach(text -> assertArrayEquals(jtokkit.encode(text), tokenizer.encode(text), text));
    try (HuggingFaceTokenizer oracle = Texts.oracle(JSON)) {
      Texts.random(10_000)
          .forEach(
              text -> assertArrayEquals(Texts.ids(oracle, text), tokenizer.encode(text), text));
    }
  }

  /** Digits one by one before all else, as SmolLM2 has it. */
  @Test
  void digitsThatAreCutOutHaveTheSameIds() throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode file = (ObjectNode) mapper.readTree(JSON);
    file.set(
        "pre_tokenizer",
        TokenizerJson.step(
            "{'type': 'Sequence', 'pretokenizers': [{'type': 'Digits', 'individual_digits': true},"
                + " {'type': 'ByteLevel', 'add_prefix_space': false, 'trim_offsets': true,"
                + " 'use_regex': true}]}"));
    byte[] json = mapper.writeValueAsBytes(file);
    Tokenizer tokenizer = tokenizer(json);
    try (HuggingFaceTokenizer oracle = Texts.oracle(json)) {
      Stream.concat(
              Texts.random(10_000), Stream.of(Texts.REAL, "a  1", " 1 2  b\n3 ", "½Ⅷ ²'s 7's"))
          .forEach(
              text -> assertArrayEquals(Texts.ids(oracle, text), tokenizer.encode(text), text));
    }
  }

  @Test
  void longRunsHaveTheSameIds() {
    Tokenizer tokenizer = tokenizer(JSON);
    try (HuggingFaceTokenizer oracle = Texts.oracle(JSON)) {
      for (String run : RUNS) {
        String text = run.repeat(300_000 / run.length());
        assertArrayEquals(Texts.ids(oracle, text), tokenizer.encode(text), run);
      }
    }
    Jtokkit jtokkit = new Jtokkit(JSON);
    for (String run : List.of(" ", "\n", "\u3000", " \n", "\r\n")) {
      String text = run.repeat(300_000 / run.length()) + "x";
      assertArrayEquals(jtokkit.encode(text), tokenizer.encode(text), run);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "wikitext-2/train.txt",
        "tinyshakespeare/input.txt",
        "multi30k-en-de/train.de",
        "sst2/stsa.binary.train",
        "irish-abc/irish.abc",
        "etth1/ETTh1.csv",
        "ud-english-lines/train.jsonl",
        "word-analogies/questions-words.txt"
      })
  void linesOfCorporaHaveTheSameIds(String name) throws IOException {
    Path file = Path.of("..", "data", name);
    assumeTrue(
        Files.exists(file), () -> "no " + file + ": ids are NOT compared on this corpus here");
    List<String> lines = new ArrayList<>();
    try (Stream<String> all = Files.lines(file)) {
      all.limit(20_000).forEach(line -> lines.add(line + "\n"));
    }
    Map<String, Long> counts =
        Texts.counts(PreTokenizer.forPattern("gpt2"), lines.toArray(String[]::new));
    byte[] json = BpeTrainer.train(counts, 1000, "gpt2");
    Tokenizer tokenizer = tokenizer(json);
    Jtokkit jtokkit = new Jtokkit(json);
    for (String line : lines) {
      assertArrayEquals(jtokkit.encode(line), tokenizer.encode(line), line);
    }
    try (HuggingFaceTokenizer oracle = Texts.oracle(json)) {
      for (String line : lines.subList(0, Math.min(lines.size(), 1500))) {
        assertArrayEquals(Texts.ids(oracle, line), tokenizer.encode(line), line);
      }
    }
  }

  @Test
  void piecesThatAreKeptChangeNoIds() {
    List<String> texts = Stream.concat(Texts.random(2000), Stream.of(Texts.REAL)).toList();
    Tokenizer most = tokenizer(JSON);
    for (int pieces : new int[] {0, 4, 64}) {
      Tokenizer few = keeping(pieces);
      for (int again = 0; again < 2; again++) {
        texts.forEach(text -> assertArrayEquals(most.encode(text), few.encode(text), text));
      }
    }
  }

  @Test
  void eightThreadsMayEncodeAtOnce() throws Exception {
    List<String> texts = Stream.concat(Texts.random(500), Stream.of(Texts.REAL)).toList();
    Tokenizer alone = tokenizer(JSON);
    List<int[]> expected = texts.stream().map(alone::encode).toList();
    Tokenizer shared = keeping(64); // so that threads take each other's places
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int thread = 0; thread < 8; thread++) {
        int first = thread * 60;
        running.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 5 * texts.size(); i++) {
                    int text = (first + i) % texts.size();
                    assertArrayEquals(expected.get(text), shared.encode(texts.get(text)));
                  }
                }));
      }
      for (Future<?> one : running) {
        one.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void entriesAreFoundWholeWhereMergesAreIgnored() throws IOException {
    ObjectNode root = (ObjectNode) new ObjectMapper().readTree(JSON);
    ObjectNode model = (ObjectNode) root.get("model");
    model.put("ignore_merges", true);
    ObjectNode vocabulary = (ObjectNode) model.get("vocab");
    // No merge makes them; the second ends within a character.
    vocabulary.put("qzx", 700).put("ĠxÃ", 701).put("ĠqzxÃ©", 702);
    byte[] json = TokenizerJson.bytes(root);
    Tokenizer tokenizer = tokenizer(json);
    assertArrayEquals(new int[] {700, 702}, tokenizer.encode("qzx qzxé"));
    assertEquals("qzx qzxé", tokenizer.decode(new int[] {700, 702}));
    try (HuggingFaceTokenizer oracle = Texts.oracle(json)) {
      for (String text : List.of("qzx", "qzxx qzx qzxé xÃ xé qzx1", Texts.REAL)) {
        assertArrayEquals(Texts.ids(oracle, text), tokenizer.encode(text), text);
      }
    }
    // A pattern that leaves the control token one piece: text never gives its id.
    root.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
    ObjectNode split = root.withArray("/pre_tokenizer/pretokenizers").addObject();
    split.put("type", "Split").put("behavior", "Isolated").put("invert", false);
    split.putObject("pattern").put("Regex", "\\S+");
    root.withArray("/pre_tokenizer/pretokenizers")
        .addObject()
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("use_regex", false);
    Tokenizer lines = tokenizer(TokenizerJson.bytes(root));
    int[] ids = lines.encode(Tokenizers.END_OF_TEXT);
    assertEquals(Tokenizers.END_OF_TEXT, lines.decode(ids));
  }
}
