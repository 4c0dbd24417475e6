package io.chorale.token;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chorale.config.ChoraleException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Files of other structure than those that Chorale writes. */
class DjlTokenizerTest {

  private static final String WORD_PIECE =
      """
      {"version": "1.0",
       "truncation": {"max_length": 4, "strategy": "LongestFirst", "stride": 0,
                      "direction": "Right"},
       "padding": {"strategy": {"Fixed": 64}, "direction": "Right", "pad_to_multiple_of": null,
                   "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"},
       "added_tokens": [%s, %s, %s, %s],
       "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                      "strip_accents": null, "lowercase": true},
       "pre_tokenizer": {"type": "BertPreTokenizer"},
       "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
       "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
       "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                 "max_input_chars_per_word": 100,
                 "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "play": 4, "##ing": 5,
                           "##s": 6, "we": 7, ".": 8, "[": 9, "]": 10, "sep": 11, "un": 12}}}
      """
          .formatted(
              special(0, "[PAD]"), special(1, "[UNK]"), special(2, "[CLS]"), special(3, "[SEP]"));

  private static final String UNIGRAM =
      """
      {"version": "1.0", "truncation": null, "padding": null,
       "added_tokens": [%s, %s],
       "normalizer": null,
       "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always",
                         "split": true},
       "post_processor": null,
       "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always",
                   "split": true},
       "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": false,
                 "vocab": [["<unk>", 0.0], ["</s>", 0.0], ["▁", -3.0], ["▁play", -4.0],
                           ["ing", -4.5], ["s", -5.0], ["p", -8.0], ["<", -8.0], ["/", -8.0],
                           [">", -8.0]]}}
      """
          .formatted(special(0, "<unk>"), special(1, "</s>"));

  private static final String BYTE_FALLBACK =
      """
      {"version": "1.0", "truncation": null, "padding": null,
       "added_tokens": [%s, %s],
       "normalizer": {"type": "Sequence", "normalizers": [
           {"type": "Prepend", "prepend": "▁"},
           {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
       "pre_tokenizer": null, "post_processor": null,
       "decoder": {"type": "Sequence", "decoders": [
           {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
           {"type": "ByteFallback"}, {"type": "Fuse"},
           {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
       "model": {"type": "BPE", "dropout": null, "unk_token": "<unk>",
                 "continuing_subword_prefix": null, "end_of_word_suffix": null, "fuse_unk": true,
                 "byte_fallback": true,
                 "vocab": {%s},
                 "merges": ["a b", "▁ ab"]}}
      """
          .formatted(special(0, "<unk>"), special(1, "</s>"), fallbackVocabulary());

  private static String special(int id, String content) {
    return "{\"id\": %d, \"content\": \"%s\", \"single_word\": false, \"lstrip\": false, "
            .formatted(id, content)
        + "\"rstrip\": false, \"normalized\": false, \"special\": true}";
  }

  private static String fallbackVocabulary() {
    StringBuilder entries = new StringBuilder("\"<unk>\": 0, \"</s>\": 1");
    for (int b = 0; b < 256; b++) {
      entries.append(", \"<0x%02X>\": %d".formatted(b, b + 2));
    }
    String[] others = {"▁", "a", "b", "c", "ab", "▁ab"};
    for (int i = 0; i < others.length; i++) {
      entries.append(", \"%s\": %d".formatted(others[i], 258 + i));
    }
    return entries.toString();
  }

  private static Tokenizer load(String json) {
    return assertInstanceOf(
        DjlTokenizer.class, Tokenizers.load(json.getBytes(StandardCharsets.UTF_8), "test"));
  }

  @Test
  void wordPieceIsNeitherCutNorPaddedNorEndedByItself() {
    Tokenizer tokenizer = load(WORD_PIECE);
    int[] ids = tokenizer.encode("We play. Playing plays ünplay xyz");
    assertArrayEquals(new int[] {7, 4, 8, 4, 5, 4, 6, 1, 1}, ids);
    assertEquals("we play. playing plays [UNK] [UNK]", tokenizer.decode(ids));
    assertEquals(13, tokenizer.vocabularySize());
    assertEquals(3, tokenizer.endOfText());
    assertEquals(0, tokenizer.encode("").length);
    assertEquals("", tokenizer.decode(new int[0]));
    assertEquals(2000, tokenizer.encode("play ".repeat(2000)).length);
  }

  @Test
  void wordPieceGivesItsPiecesOneAfterTheOther() {
    Tokenizer tokenizer = load(WORD_PIECE);
    assertEquals("we playing.", Texts.running(tokenizer, 7, 4, 5, 8, 3));
  }

  @Test
  void unigramGivesItsPiecesOneAfterTheOther() {
    Tokenizer tokenizer = load(UNIGRAM);
    int[] ids = tokenizer.encode("playing plays");
    assertArrayEquals(new int[] {3, 4, 3, 5}, ids);
    assertEquals("playing plays", tokenizer.decode(ids));
    assertEquals("playing plays", Texts.running(tokenizer, ids));
    assertEquals(1, tokenizer.endOfText());
    assertArrayEquals(new int[] {2, 0}, tokenizer.encode("中"));
  }

  /** As the library has it where it finds a control token in the text. */
  @Test
  void aBlankBeforeTheFirstTextIsNotBeforeThoseBehindOthers() {
    String json = UNIGRAM.replace("\"always\"", "\"first\"");
    Tokenizer tokenizer = load(json);
    TokenizerFile file = TokenizerFile.read(json.getBytes(StandardCharsets.UTF_8), "test");
    long[] theirs = DjlTokenizer.open(file, file.copy()).encode("s</s>ings</s> s").getIds();
    List<Integer> ours = new ArrayList<>();
    Arrays.stream(tokenizer.encode("s")).forEach(ours::add);
    ours.add(1);
    Arrays.stream(tokenizer.encodeBehind("ings")).forEach(ours::add);
    ours.add(1);
    Arrays.stream(tokenizer.encodeBehind(" s")).forEach(ours::add);
    assertEquals(Arrays.stream(theirs).mapToObj(id -> (int) id).toList(), ours);
    assertArrayEquals(new int[] {2, 5, 7, 8, 5, 9, 4}, tokenizer.encode("s</s>ing"));
    Tokenizer always = load(UNIGRAM);
    assertArrayEquals(always.encode("ings"), always.encodeBehind("ings"));
  }

  @Test
  void bytesThatStandInForCharactersAreBytes() {
    Tokenizer tokenizer = load(BYTE_FALLBACK);
    int[] ids = tokenizer.encode("ab ä中 c");
    assertEquals("ab ä中 c", tokenizer.decode(ids));
    assertEquals("ab ä中 c", Texts.running(tokenizer, ids));
    // The byte after a character may undo it.
    assertEquals("", Texts.running(tokenizer, 2 + 'a'));
  }

  @Test
  void textThatSpellsAControlTokenNeverGivesIt() {
    Tokenizer wordPiece = load(WORD_PIECE);
    // Not "[sep]", which is no control token, and not the unknown one, which is an answer.
    assertArrayEquals(
        new int[] {4, 9, 11, 10, 4}, wordPiece.encode("play [SEP] play"), "in two parts");
    assertArrayEquals(new int[] {9, 11, 10}, wordPiece.encode("[sep]"));
    assertArrayEquals(new int[] {1}, wordPiece.encode("[UNK]"));
    for (String json : new String[] {UNIGRAM, BYTE_FALLBACK}) {
      Tokenizer tokenizer = load(json);
      String text = "😀 </s></s> p</s>s";
      assertEquals(
          0L,
          Arrays.stream(tokenizer.encode(text)).filter(i -> i == tokenizer.endOfText()).count());
    }
    Tokenizer bytes = load(BYTE_FALLBACK);
    // This one puts a blank before every text, and so before each part.
    assertEquals("a < /s> c", bytes.decode(bytes.encode("a</s>c")));
  }

  @Test
  void manyThreadsMayEncode() {
    Tokenizer tokenizer = load(UNIGRAM);
    int[] ids = tokenizer.encode("playing plays");
    assertEquals(
        500L,
        IntStream.range(0, 500)
            .parallel()
            .filter(i -> Arrays.equals(ids, tokenizer.encode("playing plays")))
            .count());
  }

  @Test
  void anIdOutsideOfTheVocabularyIsRefused() {
    Tokenizer tokenizer = load(WORD_PIECE);
    assertThrows(ChoraleException.class, () -> tokenizer.decode(new int[] {13}));
    assertThrows(ChoraleException.class, () -> tokenizer.decoder().add(-1));
  }

  @Test
  void byteLevelFilesWithWhatJtokkitCannotDoComeHere() {
    String text = "It's 10 o'clock; it's 中文.";
    String json =
        new String(
            BpeTrainer.train(Texts.counts(PreTokenizer.forPattern("gpt2"), text), 265, "gpt2"),
            StandardCharsets.UTF_8);
    String lower =
        json.replace("\"normalizer\" : null", "\"normalizer\": {\"type\": \"Lowercase\"}");
    Tokenizer tokenizer = load(lower);
    assertEquals("it's 10 o'clock; it's 中文.", tokenizer.decode(tokenizer.encode(text)));
    assertEquals("it's 10 o'clock; it's 中文.", Texts.running(tokenizer, tokenizer.encode(text)));
    assertEquals(0, tokenizer.endOfText());
  }
}
