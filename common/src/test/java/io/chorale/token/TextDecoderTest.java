package io.chorale.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Ids that come one by one give the text that Hugging Face's library gives for all of them. */
class TextDecoderTest {

  private static final List<String> ENTRIES = entries();

  private static List<String> entries() {
    List<String> entries =
        new ArrayList<>(
            List.of(
                "</s>",
                "<unk>",
                "a",
                "b</w>",
                "</w>",
                "c</w>d</w>",
                "▁",
                "▁a",
                "▁▁b",
                "##ing",
                "##",
                "|",
                "<pad>",
                ".",
                "?",
                "n't",
                "'s",
                "'",
                "do not",
                " ",
                "  a  ",
                "H",
                "HH",
                "é",
                "中",
                "😀",
                "Ġ",
                "Ġa",
                "Ċ",
                "x|y",
                "ab",
                "aba",
                "$1",
                "<0x4>",
                "<0xZZ>"));
    for (int b = 0; b < 256; b += b < 0x80 ? 16 : 1) {
      entries.add("<0x%02X>".formatted(b));
      entries.add(String.valueOf(ByteAlphabet.character(b)));
    }
    return entries.stream().distinct().toList();
  }

  static Stream<String> decoders() {
    String metaspace = "{'type':'Metaspace','replacement':'▁','prepend_scheme':'%s','split':true}";
    String replace = "{'type':'Replace','pattern':{'%s':'%s'},'content':'%s'}";
    String strip = "{'type':'Strip','content':'%s','start':%d,'stop':%d}";
    String bytes = "{'type':'ByteFallback'}";
    String fuse = "{'type':'Fuse'}";
    String level =
        "{'type':'ByteLevel','add_prefix_space':true,'trim_offsets':true,'use_regex':true}";
    String piece = "{'type':'WordPiece','prefix':'##','cleanup':%b}";
    String ctc = "{'type':'CTC','pad_token':'<pad>','word_delimiter_token':'|','cleanup':%b}";
    String suffix = "{'type':'BPEDecoder','suffix':'</w>'}";
    return Stream.of(
        "null",
        level,
        suffix,
        fuse,
        bytes,
        piece.formatted(true),
        piece.formatted(false),
        ctc.formatted(true),
        ctc.formatted(false),
        metaspace.formatted("always"),
        metaspace.formatted("first"),
        metaspace.formatted("never"),
        "{'type':'Metaspace','replacement':'▁','add_prefix_space':true}",
        "{'type':'Metaspace','replacement':'▁','add_prefix_space':false,'prepend_scheme':'never'}",
        replace.formatted("String", "▁", " "),
        replace.formatted("String", "aba", "X"),
        replace.formatted("Regex", "a+", "-"),
        strip.formatted("H", 1, 0),
        strip.formatted(" ", 2, 0),
        sequence(replace.formatted("String", "▁", " "), bytes, fuse, strip.formatted(" ", 1, 0)),
        sequence(fuse, strip.formatted("a", 2, 0), replace.formatted("String", "aba", "")),
        sequence(bytes, metaspace.formatted("always")),
        sequence(level, strip.formatted("a", 1, 0)),
        sequence(ctc.formatted(true), fuse, suffix),
        sequence(suffix, piece.formatted(true), fuse, strip.formatted(" ", 3, 0)),
        sequence());
  }

  private static String sequence(String... steps) {
    return "{'type':'Sequence','decoders':[" + String.join(",", steps) + "]}";
  }

  private static byte[] file(String decoder) {
    StringBuilder vocabulary = new StringBuilder();
    for (int id = 0; id < ENTRIES.size(); id++) {
      vocabulary.append(id == 0 ? "" : ",").append('"');
      vocabulary.append(ENTRIES.get(id).replace("\\", "\\\\").replace("\"", "\\\""));
      vocabulary.append("\":").append(id);
    }
    return """
        {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
         "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": %s,
         "model": {"type": "WordLevel", "unk_token": "<unk>", "vocab": {%s}}}
        """
        .formatted(decoder.replace('\'', '"').replace("n\"t", "n't"), vocabulary)
        .getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void everyDecoderGivesTheTextOfTheLibrary(String decoder) {
    byte[] json = file(decoder);
    Tokenizer tokenizer = Tokenizers.load(json, "test");
    Random random = new Random(5);
    try (HuggingFaceTokenizer oracle = Texts.oracle(json)) {
      for (int round = 0; round < 2000; round++) {
        int few = 1 + random.nextInt(ENTRIES.size() - 1);
        int[] ids =
            random
                .ints(random.nextInt(12), 0, few)
                .map(i -> 1 + i % (ENTRIES.size() - 1))
                .toArray();
        String whole = ids.length == 0 ? "" : Texts.text(oracle, ids);
        assertEquals(whole, tokenizer.decode(ids), () -> Arrays.toString(ids));
        TextDecoder text = tokenizer.decoder();
        StringBuilder grown = new StringBuilder();
        for (int id : ids) {
          grown.append(text.add(id));
          assertTrue(whole.startsWith(grown.toString()), () -> Arrays.toString(ids));
        }
        assertEquals(whole, grown.append(text.end()).toString(), () -> Arrays.toString(ids));
      }
    }
  }

  /** The library ends the JVM where a token is shorter than what may be stripped from its end. */
  @Test
  void theEndOfATokenIsStrippedAsWell() {
    String strip = "{'type':'Strip','content':'a','start':1,'stop':%s}";
    for (String stop : List.of("2", "1099511627776")) {
      Tokenizer whole =
          Tokenizers.load(file(sequence("{'type':'Fuse'}", strip.formatted(stop))), "test");
      int a = ENTRIES.indexOf("a");
      int b = ENTRIES.indexOf("aba");
      boolean two = stop.equals("2");
      assertEquals("", whole.decode(new int[] {a}));
      assertEquals("ab", whole.decode(new int[] {a, b}));
      assertEquals("abaab", whole.decode(new int[] {a, b, b}));
      assertEquals(two ? "aba" : "ab", whole.decode(new int[] {a, b, a, a}));
      assertEquals(two ? "a" : "", whole.decode(new int[] {a, a, a, a}));
      assertEquals("ab", Texts.running(whole, a, b));
    }
  }

  @Test
  void whatCannotChangeComesAtOnce() {
    Tokenizer words = Tokenizers.load(file("{'type':'BPEDecoder','suffix':'</w>'}"), "test");
    int b = ENTRIES.indexOf("b</w>");
    TextDecoder text = words.decoder();
    assertEquals(List.of("b", " b"), List.of(text.add(b), text.add(b)));
    Tokenizer bytes =
        Tokenizers.load(file(sequence("{'type':'ByteFallback'}", "{'type':'Fuse'}")), "test");
    text = bytes.decoder();
    assertEquals("", text.add(ENTRIES.indexOf("<0xC3>")));
    assertEquals("", text.add(ENTRIES.indexOf("<0xA9>")));
    assertEquals("éa", text.add(ENTRIES.indexOf("a")));
    assertEquals("", text.end());
  }

  @Test
  void anUnfinishedCharacterIsAReplacementCharacterAtTheEnd() {
    Tokenizer bytes =
        Tokenizers.load(
            file("{'type':'ByteLevel','add_prefix_space':true,'trim_offsets':true}"), "test");
    TextDecoder text = bytes.decoder();
    assertEquals("", text.add(ENTRIES.indexOf(String.valueOf(ByteAlphabet.character(0xe4)))));
    assertEquals("", text.add(ENTRIES.indexOf(String.valueOf(ByteAlphabet.character(0xb8)))));
    assertEquals("\ufffd", text.end());
  }
}
