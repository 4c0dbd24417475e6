package io.chorale.token;

import static io.chorale.token.TokenizerJson.bytePairs;
import static io.chorale.token.TokenizerJson.step;
import static io.chorale.token.TokenizerJson.with;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.chorale.config.ChoraleException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that would end the JVM in native code, or keep it busy, are told from sound ones. */
class HostileTokenizerTest {

  private static String refused(ObjectNode root) {
    String message =
        assertThrows(ChoraleException.class, () -> TokenizerJson.load(root)).getMessage();
    assertTrue(message.startsWith("Cannot read tokenizer test: "), message);
    assertTrue(message.length() < 600, message);
    return message;
  }

  private static void assertRefused(String found, ObjectNode root) {
    String message = refused(root);
    assertTrue(message.contains(found), message);
  }

  private static ObjectNode normalized(String normalizer) {
    ObjectNode root = TokenizerJson.of(TokenizerJson.UNIGRAM);
    return root.set("normalizer", step(normalizer));
  }

  private static ObjectNode split(String regex) {
    ObjectNode root = TokenizerJson.of(TokenizerJson.UNIGRAM);
    ObjectNode split = root.putObject("pre_tokenizer").put("type", "Split");
    split.putObject("pattern").put("Regex", regex);
    split.put("behavior", "Isolated").put("invert", false);
    return root;
  }

  @Test
  void normalizersThatCannotBeRunAreRefused() {
    for (String charsmap :
        List.of(
            "",
            "AAAA",
            "!",
            "/////w==",
            charsmap(8, 4),
            charsmap(4096, 4),
            charsmap(6, 8),
            CharsMaps.table(9, "abc\0", 0x1ff), // outside of the texts
            CharsMaps.table(1, "äbc\0", 0x1ff), // within a character
            CharsMaps.table(0, "a".repeat(5000), 0x1ff), // very long
            CharsMaps.table(0, "abc\0", 0x2ff))) { // outside of the trie
      assertRefused(
          "a damaged precompiled_charsmap in its normalizer Precompiled",
          normalized("{'type':'Precompiled','precompiled_charsmap':'" + charsmap + "'}"));
    }
    assertRefused(
        "an empty pattern", normalized("{'type':'Replace','pattern':{'String':''},'content':'x'}"));
    assertRefused(
        "the regular expression x*, which matches empty text",
        normalized("{'type':'Replace','pattern':{'Regex':'x*'},'content':'x'}"));
    assertRefused("an empty prepend", normalized("{'type':'Prepend','prepend':''}"));
    assertRefused("a normalizer of the type \"Magic\"", normalized("{'type':'Magic'}"));
    String doubles = "{'type':'Replace','pattern':{'String':'a'},'content':'aa'},";
    assertRefused(
        "times longer",
        normalized("{'type':'Sequence','normalizers':[" + doubles.repeat(40) + "{'type':'NFC'}]}"));
    String levels = "{'type':'ByteLevel'},".repeat(10);
    assertRefused(
        "times longer",
        normalized("{'type':'Sequence','normalizers':[" + levels + "{'type':'NFC'}]}"));
    String deep = "{'type':'Sequence','normalizers':[".repeat(200) + "]}".repeat(200);
    assertRefused("of very many steps", normalized(deep));
  }

  @Test
  void aSoundTableOfSentencePieceIsTaken() {
    String table = "{'type':'Precompiled','precompiled_charsmap':'" + CharsMaps.ofA("ab") + "'}";
    Tokenizer tokenizer = TokenizerJson.load(normalized(table));
    assertArrayEquals(new int[] {3, 4, 3}, tokenizer.encode("Aa"));
    assertEquals(1, CharsMap.growth(CharsMaps.ofA("a")));
    assertEquals(2, CharsMap.growth(CharsMaps.ofA("ab")));
  }

  /** A table of so many bytes whose trie claims to have some. */
  private static String charsmap(int trie, int bytes) {
    byte[] table = new byte[Integer.BYTES + bytes];
    table[0] = (byte) trie;
    table[1] = (byte) (trie >> 8);
    return Base64.getEncoder().encodeToString(table);
  }

  @Test
  void anAddedTokenOfWhichTheNormalizerLeavesNothingIsRefused() {
    ObjectNode root = normalized("{'type':'Strip','strip_left':true,'strip_right':true}");
    TokenizerJson.add(root, 7, " ", false);
    assertTrue(TokenizerJson.load(root).encode("ä a").length > 0);
    ((ObjectNode) root.at("/added_tokens/0")).put("normalized", true);
    assertRefused("an added token \" \" of which the normalizer leaves nothing", root);
    ((ObjectNode) root.at("/added_tokens/0")).put("normalized", false).put("lstrip", true);
    assertRefused("an added token \" \" of which the normalizer leaves white space alone", root);
  }

  @Test
  void regularExpressionsThatHaveNoEndAreRefused() {
    assertRefused("which may go over a text again and again,", split("a+b"));
    assertRefused("which may go over a text again and again,", split("(a+)+b"));
    assertRefused("which may go over a text again and again,", split("a+a+a+a+a+a+a+b"));
    assertRefused("a count above 1000", split("a{99999999999}"));
    assertRefused("which has more than 1000 parts", split("[" + "一丁丂七丄".repeat(300) + "]"));
    String deep = "(".repeat(4000) + "a" + ")".repeat(4000);
    assertRefused("which has more than 50 groups within each other", split(deep));
    assertRefused("characters, more than 10000", split("a".repeat(1_000_000)));
    assertRefused(
        "which may go over",
        normalized("{'type':'Replace','pattern':{'Regex':'(?:a|a)*b'},'content':'x'}"));
  }

  @Test
  void aBytePairTokenizerWithAnEndlessPatternEnds() {
    ObjectNode root = TokenizerJson.of(bytePairs());
    root.set(
        "pre_tokenizer",
        step(
            "{'type':'Sequence','pretokenizers':[{'type':'Split','pattern':{'Regex':"
                + "'(?:a+){1,30}b'},'behavior':'Isolated','invert':false},{'type':'ByteLevel',"
                + "'add_prefix_space':false,'trim_offsets':true,'use_regex':false}]}"));
    root.set("decoder", step("{'type':'ByteLevel','add_prefix_space':false}"));
    Tokenizer tokenizer = assertInstanceOf(BytePairTokenizer.class, TokenizerJson.load(root));
    assertEquals(2, tokenizer.encode("xab").length);
    assertTrue(
        assertThrows(ChoraleException.class, () -> tokenizer.encode("a".repeat(500)))
            .getMessage()
            .startsWith("Cannot cut a text of 500 characters with the regular expression"));
  }

  @Test
  void whiteSpaceWithoutAnEndIsRefusedBeforeTheLibraryGivesUp() {
    Tokenizer tokenizer = TokenizerJson.load(split("\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"));
    assertEquals(
        "Cannot encode a text with tokenizer test: it has 3000000 characters of (?:\\s)++ in a"
            + " row, expected at most 2500000. Leave it out of the corpus, or cut it.",
        assertThrows(
                ChoraleException.class, () -> tokenizer.encode("a" + " ".repeat(3_000_000) + "a"))
            .getMessage());
    assertEquals(1, tokenizer.encode("a".repeat(10)).length / 10);
  }

  @Test
  void aDecoderThatCannotBeRunIsRefused() {
    for (String decoder :
        List.of(
            "{'type':'Replace','pattern':{'String':''},'content':'x'}",
            "{'type':'Replace','pattern':{'Regex':'(a+)+b'},'content':'x'}",
            "{'type':'Strip','content':'ab','start':1,'stop':0}",
            "{'type':'Strip','content':'a','start':-1,'stop':0}",
            "{'type':'BPEDecoder','suffix':''}",
            "{'type':'Metaspace','replacement':'','prepend_scheme':'always'}",
            "{'type':'Other'}",
            "3")) {
      ObjectNode root = TokenizerJson.of(TokenizerJson.UNIGRAM);
      assertRefused(" decoder ", root.set("decoder", step(decoder)));
    }
  }

  @Test
  void mergesWithAPrefixAreChecked() {
    String model =
        """
        {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "%s",
         "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false,
         "vocab": {"</s>": 0, "a": 1, "##b": 2, "ab": 3, "é": 4, "aé": 5}, "merges": [["a", "%s"]]}""";
    Tokenizer sound = TokenizerJson.load(TokenizerJson.of(model.formatted("##", "##b")));
    assertArrayEquals(new int[] {3}, sound.encode("ab"));
    for (String merge : List.of("#######,##b", "##,a", "x,é", "##,c")) {
      String[] parts = merge.split(",");
      assertRefused("the merge ", TokenizerJson.of(model.formatted(parts[0], parts[1])));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "unk_id -1 | -1",
        "unk_id null | null",
        "unk_id 7 | 7",
        "unk_id \"0\" | \"0\"",
      })
  void unigramNeedsAnUnknownPiece(String found, String id) {
    assertRefused(
        found + " was found, expected a token of the vocabulary",
        with(TokenizerJson.UNIGRAM, model -> model.set("unk_id", step(id))));
  }

  @ParameterizedTest
  @ValueSource(strings = {TokenizerJson.WORD_PIECE, TokenizerJson.WORD_LEVEL})
  void wordsNeedAnUnknownToken(String model) {
    assertRefused("unk_token \"<nope>\"", with(model, m -> m.put("unk_token", "<nope>")));
    assertRefused("no unk_token", with(model, m -> m.putNull("unk_token")));
    assertRefused("unk_token 3", with(model, m -> m.put("unk_token", 3)));
  }

  @Test
  void charactersOfTheOwnFormNeedAnUnknownTokenToo() {
    byte[] json = CharacterTrainer.train(Texts.counts(PreTokenizer.characters(), "abc"), 100);
    String changed =
        new String(json, StandardCharsets.UTF_8)
            .replace("\"unk_token\" : \"<unk>\"", "\"unk_token\" : \"<nope>\"");
    assertTrue(
        assertThrows(
                ChoraleException.class,
                () -> Tokenizers.load(changed.getBytes(StandardCharsets.UTF_8), "test"))
            .getMessage()
            .contains("unk_token \"<nope>\""));
  }

  @Test
  void bytePairsNeedOneOnlyWhereTheyNameIt() {
    assertRefused("unk_token \"<no>\"", with(bytePairs(), m -> m.put("unk_token", "<no>")));
    ObjectNode bytes = with(bytePairs(), m -> m.put("unk_token", "<no>"));
    String level =
        "{'type':'ByteLevel','add_prefix_space':false,'trim_offsets':true,'use_regex':true}";
    bytes.set("pre_tokenizer", step(level));
    bytes.set("decoder", step(level));
    assertEquals("ä b", TokenizerJson.load(bytes).decode(TokenizerJson.load(bytes).encode("ä b")));
  }

  @Test
  void whatTakesMoreThanLinearTimeIsRefused() {
    assertRefused(
        "max_input_chars_per_word",
        with(TokenizerJson.WORD_PIECE, model -> model.put("max_input_chars_per_word", 1L << 40)));
    assertRefused(
        "a piece of 5000 characters",
        with(
            TokenizerJson.UNIGRAM,
            m -> ((ArrayNode) m.get("vocab")).addArray().add("a".repeat(5000)).add(-1)));
    assertRefused(
        "pieces that begin with each other",
        with(
            TokenizerJson.UNIGRAM,
            model -> {
              for (int length = 2; length < 1000; length++) {
                ((ArrayNode) model.get("vocab")).addArray().add("b".repeat(length)).add(-1);
              }
            }));
    assertRefused(
        "continuing_subword_prefix",
        with(
            TokenizerJson.WORD_PIECE,
            model -> model.put("continuing_subword_prefix", "#".repeat(500))));
  }

  /** Each merge makes an entry that is twice as long. */
  @Test
  void mergesThatDoubleAreReadInTimeThatIsLinear() {
    ObjectNode root =
        with(
            bytePairs(),
            model -> {
              ObjectNode vocabulary = (ObjectNode) model.get("vocab");
              ArrayNode merges = model.putArray("merges");
              for (int length = 1; length < 1 << 15; length *= 2) {
                vocabulary.put("a".repeat(2 * length), vocabulary.size());
                merges.addArray().add("a".repeat(length)).add("a".repeat(length));
              }
            });
    String level =
        "{'type':'ByteLevel','add_prefix_space':false,'trim_offsets':true,'use_regex':true}";
    root.set("pre_tokenizer", step(level));
    root.set("decoder", step(level));
    Tokenizer tokenizer = TokenizerJson.load(root);
    String text = "a".repeat((1 << 15) + 3);
    int[] ids = tokenizer.encode(text);
    assertEquals(3, ids.length);
    assertEquals(text, tokenizer.decode(ids));
  }

  @Test
  void aControlTokenThatTakesBlanksWithItIsTakenApartInOneGo() {
    ObjectNode root = TokenizerJson.of(TokenizerJson.WORD_PIECE);
    TokenizerJson.add(root, 5, "<mask>", true);
    ((ObjectNode) root.at("/added_tokens/0")).put("lstrip", true).put("rstrip", true);
    root.set("pre_tokenizer", step("{'type':'Whitespace'}"));
    Tokenizer tokenizer = TokenizerJson.load(root);
    String blanks = " ".repeat(50_000);
    int[] ids = tokenizer.encode("a" + blanks + "<mask>" + blanks + "a");
    assertTrue(Arrays.stream(ids).noneMatch(id -> id == 5));
    assertEquals(2, Arrays.stream(ids).filter(id -> id == 2).count());
    int[] many = tokenizer.encode("<mask>a".repeat(20_000));
    assertEquals(20_000, Arrays.stream(many).filter(id -> id == 2).count());
  }

  /** Whatever a bit does to a file: it is told, or the file works. */
  @Test
  void aFlippedBitNeverEndsTheJvm() {
    Random random = new Random(11);
    ObjectNode sound = normalized(NORMALIZER);
    sound.set(
        "pre_tokenizer", step("{'type':'Metaspace','replacement':'▁','prepend_scheme':'always'}"));
    byte[] json = TokenizerJson.bytes(sound);
    Tokenizers.load(json, "test").encode("abab x\u0301 ﷺ");
    int told = 0;
    for (int round = 0; round < 1500; round++) {
      byte[] flipped = json.clone();
      flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        Tokenizer tokenizer = Tokenizers.load(flipped, "test");
        tokenizer.decode(tokenizer.encode("abab x\u0301 ﷺ </s> \n"));
      } catch (ChoraleException e) {
        told++;
      }
    }
    assertTrue(told > 300, "told " + told);
  }

  private static final String NORMALIZER =
      "{'type':'Sequence','normalizers':[{'type':'Precompiled','precompiled_charsmap':'"
          + CharsMaps.ofA("ab")
          + "'},{'type':'Replace','pattern':{'Regex':' {2,}'},'content':'▁'},{'type':'NFC'}]}";
}
