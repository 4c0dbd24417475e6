package io.chorale.token;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** Texts to try tokenizers on, their counts, and Hugging Face's own reading of a tokenizer.json. */
final class Texts {

  /**
   * Text as corpora have it: many scripts, contractions, figures, signs and all kinds of blanks.
   */
  static final String REAL =
      """
      It's the story we'll tell: they're here, I'd say, and he'd've gone; don't (can't!) SHOUT'S.
      In 1999, 3.14159 x 2 = 6.28318; call +49 (0)30 1234-5678 or see http://example.org/a?b=c&d=e#f.
      \tif (x >= 10) {\t return "a\\n" + b[i++];   // two  blanks   three
      Übermäßig große Äpfel kosten 3 € pro Stück; l'été à Orléans; ¿qué pasó, señor Núñez?
      中文没有空格，所以整句是一个词。日本語の文章もそうです。한국어는 띄어쓰기가 있다.
      Привет, мир! Καλημέρα κόσμε. שלום עולם. مرحبا بالعالم ١٢٣٤. नमस्ते दुनिया १२३. สวัสดีชาวโลก
      Emoji: 😀 👩‍👩‍👧‍👦 🇩🇪 👍🏽 ❤️ and maths 𝒳 ∈ ℝ², ½ Ⅷ ④ ² ₃; combining: e\u0301 a\u0308\u0323 Z\u0351a\u0301l\u0328go.
      Old scripts: 𐎀𐎁𐎂 𓀀𓁐 𐌰𐌱; no-break\u00a0blank, thin\u2009blank, zero\u200bwidth, ideographic\u3000blank, line\u2028separator.

      \u0085next line, \u001cfile separator, \u0000nul, soft\u00adhyphen, \ufeffmark, \ufffdreplaced.
      """
          + "CRLF line\r\nand another\r\n\r\n  \r\n\tmixed \n \n\n\n   end of it   ";

  private Texts() {}

  /** How often a pre-tokenizer finds each piece in some texts. */
  static Map<String, Long> counts(PreTokenizer cutter, String... texts) {
    Map<String, Long> counts = new HashMap<>();
    for (String text : texts) {
      cutter.split(text, piece -> counts.merge(piece, 1L, Long::sum));
    }
    return counts;
  }

  /**
   * Random strings, the same at every call. Only code points that this JDK's Unicode assigns: of
   * others it does not know whether they are letters, and a library with a newer Unicode does.
   */
  static Stream<String> random(int number) {
    Random random = new Random(42);
    List<String> shorts =
        List.of(
            " ", "  ", "\n", "\r\n", "\t", "'s", "'ll", "'LL", "é", "e\u0301", "12", "½", "中", "😀",
            "\u00a0", "\u3000", "\u200d", "\ufe0f", "the", " of", "!", "...", "'", "<|", "|>");
    return Stream.generate(() -> string(random, shorts)).limit(number);
  }

  /** Random strings of any code points but surrogates, assigned or not, the same at every call. */
  static Stream<String> anyPlane(int number) {
    Random random = new Random(43);
    return Stream.generate(
            () -> {
              StringBuilder text = new StringBuilder();
              for (int length = random.nextInt(12); length > 0; length--) {
                int plane = random.nextInt(17) << 16;
                int point = plane + random.nextInt(1 << 16);
                boolean real = Character.getType(point) != Character.SURROGATE;
                text.appendCodePoint(real ? point : ' ').append(" a'".charAt(random.nextInt(3)));
              }
              return text.toString();
            })
        .limit(number);
  }

  private static String string(Random random, List<String> shorts) {
    StringBuilder text = new StringBuilder();
    int kind = random.nextInt(4);
    for (int length = random.nextInt(40); length > 0; length--) {
      switch (kind == 3 ? random.nextInt(3) : kind) {
        case 0 -> text.append(shorts.get(random.nextInt(shorts.size())));
        case 1 -> text.append((char) random.nextInt(0x80));
        default -> text.appendCodePoint(assigned(random));
      }
    }
    return text.toString();
  }

  private static int assigned(Random random) {
    while (true) {
      int point = random.nextInt(random.nextBoolean() ? 0x3000 : 0x110000);
      if (isAssigned(point)) {
        return point;
      }
    }
  }

  /** Whether this JDK's Unicode assigns a character, not a surrogate, to a code point. */
  static boolean isAssigned(int point) {
    return Character.isDefined(point) && Character.getType(point) != Character.SURROGATE;
  }

  /** Hugging Face's own tokenizer. */
  static HuggingFaceTokenizer oracle(byte[] json) {
    TokenizerFile file = TokenizerFile.read(json, "oracle");
    return DjlTokenizer.open(file, file.copy());
  }

  /** Hugging Face's own ids of a text. */
  static int[] ids(HuggingFaceTokenizer oracle, String text) {
    return Arrays.stream(oracle.encode(text, false, false).getIds())
        .mapToInt(Math::toIntExact)
        .toArray();
  }

  /** The text that a tokenizer gives for ids that come one by one, without its end. */
  static String running(Tokenizer tokenizer, int... ids) {
    TextDecoder decoder = tokenizer.decoder();
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(decoder.add(id));
    }
    return text.toString();
  }

  /** Hugging Face's own text of ids. */
  static String text(HuggingFaceTokenizer oracle, int[] ids) {
    return oracle.decode(Arrays.stream(ids).asLongStream().toArray(), true);
  }
}
