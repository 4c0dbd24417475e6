package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import io.chorale.io.Utf8;
import io.chorale.token.PreTokenizer;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Reads the fields of a document from the values of a record: texts, words, numbers and names.
 * Throws {@link Unfit} where a value is none of the kind. Not thread-safe.
 */
final class FieldReader {
  private static final int SHOWN = 40;

  /** The character that a lenient decoder puts in the place of bytes that are not UTF-8. */
  private static final char REPLACEMENT = '\ufffd';

  private final CorpusSettings settings;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);

  /** A reader by the settings' limits and names of fields. */
  FieldReader(CorpusSettings settings) {
    this.settings = settings;
  }

  /**
   * Successive steps: of each channel a list, or one list of steps with all channels. Fields whose
   * numbers are the channels of one step are one step.
   *
   * @param channels numbers of a step
   */
  Field.Numbers window(RawRecord record, int channels) throws Unfit {
    List<String> names = settings.valueFields();
    if (names.size() == 1
        && record.value(names.get(0)) instanceof Raw.Reals list
        && list.width() > 0) {
      Raw.Reals steps = numbers(list, Rejection.Reason.BAD_SERIES);
      return new Field.Numbers(steps.values(), steps.width());
    }
    List<float[]> lists = lists(record, names, Rejection.Reason.BAD_SERIES);
    boolean many = names.size() == channels && count(lists) > channels;
    return many ? transposed(lists, names) : oneStep(lists);
  }

  /** Steps of lists of the same length, one for each channel. */
  private static Field.Numbers transposed(List<float[]> lists, List<String> names) throws Unfit {
    int steps = lists.get(0).length;
    int size = lists.size();
    float[] values = new float[steps * size];
    for (int channel = 0; channel < size; channel++) {
      float[] list = lists.get(channel);
      if (list.length != steps) {
        throw new Unfit(
            Rejection.Reason.BAD_SERIES,
            "%d steps of %s, %d of %s"
                .formatted(list.length, names.get(channel), steps, names.get(0)));
      }
      for (int step = 0; step < steps; step++) {
        values[step * size + channel] = list[step];
      }
    }
    return new Field.Numbers(values, size);
  }

  String time(Raw raw) throws Unfit {
    return string(raw, Rejection.Reason.BAD_TIME, "a time");
  }

  /**
   * A text, or a list of words.
   *
   * @param missing the reason where it is neither
   * @param empty the reason where it is blank
   */
  Field text(Raw raw, Rejection.Reason missing, Rejection.Reason empty) throws Unfit {
    if (raw instanceof Raw.Encoded encoded) {
      return text(encoded, empty);
    }
    if (raw instanceof Raw.Decoded decoded) {
      return text(decoded.text(), empty);
    }
    if (raw instanceof Raw.Strings strings) {
      return new Field.Words(words(strings.values(), missing));
    }
    if (raw instanceof Raw.Empty) {
      throw new Unfit(empty, "");
    }
    throw raw instanceof Raw.Nothing ? new Unfit(missing, "") : odd(raw, missing, "text");
  }

  private Field.Text text(Raw.Encoded encoded, Rejection.Reason empty) throws Unfit {
    if (encoded.count() > settings.maxDocumentBytes()) {
      throw new Unfit(Rejection.Reason.TOO_LONG, encoded);
    }
    String text = decode(encoded.bytes(), encoded.from(), encoded.count());
    if (text == null) {
      throw new Unfit(Rejection.Reason.NOT_UTF8, encoded);
    }
    if (text.isBlank()) {
      throw new Unfit(empty, encoded);
    }
    if (text.indexOf('\0') >= 0) {
      throw new Unfit(Rejection.Reason.NUL, encoded);
    }
    return new Field.Text(text, encoded.count());
  }

  Field.Text text(String text, Rejection.Reason empty) throws Unfit {
    long length = Utf8.exactLength(text);
    Rejection.Reason reason;
    if (length < 0) {
      reason = Rejection.Reason.NOT_UTF8;
      length = text.length();
    } else if (length > settings.maxDocumentBytes()) {
      reason = Rejection.Reason.TOO_LONG;
    } else if (text.isBlank()) {
      reason = empty;
    } else if (text.indexOf('\0') >= 0) {
      reason = Rejection.Reason.NUL;
    } else {
      return new Field.Text(text, length);
    }
    byte[] bytes = excerpt(text).getBytes(StandardCharsets.UTF_8);
    throw new Unfit(reason, "", new Raw.Encoded(bytes), length);
  }

  /** Cuts a text into words, at any white space of Unicode. */
  static Field cut(String text) throws Unfit {
    List<String> words = words(text);
    if (words.isEmpty()) {
      throw new Unfit(Rejection.Reason.EMPTY, "");
    }
    return new Field.Words(words);
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    PreTokenizer.words().split(text, words::add);
    return words;
  }

  /**
   * Words of a list.
   *
   * @param missing the reason where one is empty
   */
  private static List<String> words(List<String> words, Rejection.Reason missing) throws Unfit {
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (word.isEmpty()) {
        throw new Unfit(missing, "word %d is empty".formatted(i + 1));
      }
      if (Utf8.exactLength(word) < 0) {
        throw new Unfit(Rejection.Reason.NOT_UTF8, "word " + (i + 1));
      }
      if (word.indexOf('\0') >= 0) {
        throw new Unfit(Rejection.Reason.NUL, "word " + (i + 1));
      }
    }
    return words;
  }

  Field tags(Raw raw, int words) throws Unfit {
    List<String> tags;
    if (raw instanceof Raw.Strings strings) {
      tags = words(strings.values(), Rejection.Reason.BAD_TAGS);
    } else if (raw instanceof Raw.Empty) {
      tags = List.of();
    } else {
      tags = words(string(raw, Rejection.Reason.BAD_TAGS, "labels"));
    }
    if (tags.size() != words) {
      throw new Unfit(Rejection.Reason.BAD_TAGS, "%d words, %d tags".formatted(words, tags.size()));
    }
    return new Field.Words(tags);
  }

  Field series(Raw raw) throws Unfit {
    if (raw instanceof Raw.Scalar) {
      throw new Unfit(Rejection.Reason.BAD_SERIES, "one number, expected a list");
    }
    Raw.Reals numbers = numbers(raw, Rejection.Reason.BAD_SERIES);
    return new Field.Numbers(numbers.values(), Math.max(1, numbers.width()));
  }

  /** The numbers of some fields, one after the other, as one step. */
  Field.Numbers numbers(RawRecord record, List<String> names, Rejection.Reason reason)
      throws Unfit {
    return oneStep(lists(record, names, reason));
  }

  private List<float[]> lists(RawRecord record, List<String> names, Rejection.Reason reason)
      throws Unfit {
    List<float[]> lists = new ArrayList<>();
    for (String name : names) {
      Raw.Reals list = numbers(record.value(name), reason);
      if (list.width() > 0) {
        throw new Unfit(reason, "a list of lists, expected one of numbers");
      }
      lists.add(list.values());
    }
    return lists;
  }

  private static int count(List<float[]> lists) {
    return lists.stream().mapToInt(list -> list.length).sum();
  }

  private static Field.Numbers oneStep(List<float[]> lists) {
    FloatBuffer step = FloatBuffer.allocate(count(lists));
    lists.forEach(step::put);
    return new Field.Numbers(step.array(), step.capacity());
  }

  Field label(Raw raw) throws Unfit {
    if (settings.labelType() == CorpusSettings.LabelType.NUMBER) {
      Raw.Reals number = numbers(raw, Rejection.Reason.NO_LABEL);
      if (number.values().length != 1) {
        throw new Unfit(
            Rejection.Reason.NO_LABEL,
            "%d numbers, expected one".formatted(number.values().length));
      }
      return new Field.Numbers(number.values(), 1);
    }
    return name(raw, Rejection.Reason.NO_LABEL);
  }

  /**
   * The name of a class or of a series.
   *
   * @param missing the reason where it has no name
   */
  Field name(Raw raw, Rejection.Reason missing) throws Unfit {
    String name = "";
    if (raw instanceof Raw.Scalar scalar && scalar.exact()) {
      name = scalar.text();
    } else if (raw instanceof Raw.Decoded decoded) {
      name = decoded.text();
    } else if (raw instanceof Raw.Encoded encoded) {
      String text = decode(encoded.bytes(), encoded.from(), encoded.count());
      name = text == null ? "" : text;
    }
    if (name.isBlank() || Utf8.exactLength(name) < 0) {
      throw new Unfit(missing, "");
    }
    return new Field.Text(name.strip());
  }

  /** Finite numbers, at least one. */
  private Raw.Reals numbers(Raw raw, Rejection.Reason reason) throws Unfit {
    Raw.Reals numbers;
    if (raw instanceof Raw.Reals reals) {
      numbers = reals;
    } else if (raw instanceof Raw.Scalar scalar) {
      numbers = parsed(List.of(scalar.text()), reason);
    } else {
      numbers = parsed(words(string(raw, reason, "numbers")), reason);
    }
    float[] values = numbers.values();
    if (values.length == 0) {
      throw new Unfit(reason, "no numbers");
    }
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new Unfit(
            reason, "%s at %d".formatted(values[i], i / Math.max(1, numbers.width()) + 1));
      }
    }
    return numbers;
  }

  private static Raw.Reals parsed(List<String> texts, Rejection.Reason reason) throws Unfit {
    float[] values = new float[texts.size()];
    for (int i = 0; i < values.length; i++) {
      String text = texts.get(i);
      OptionalDouble value = Reals.parse(text);
      if (value.isEmpty()) {
        throw new Unfit(reason, "\"%s\" at %d, expected a number".formatted(shown(text), i + 1));
      }
      values[i] = (float) value.getAsDouble();
    }
    return new Raw.Reals(values, 0);
  }

  static String shown(String text) {
    return start(text, SHOWN);
  }

  /** The text of a value that is to be cut; fails where it is none. */
  String string(Raw raw, Rejection.Reason reason, String expected) throws Unfit {
    String text = null;
    if (raw instanceof Raw.Encoded encoded) {
      text = decode(encoded.bytes(), encoded.from(), encoded.count());
    } else if (raw instanceof Raw.Decoded decoded) {
      text = decoded.text();
    }
    if (text == null) {
      throw odd(raw, reason, expected);
    }
    if (Utf8.exactLength(text) < 0) {
      throw new Unfit(reason, "text that is not UTF-8");
    }
    return text;
  }

  /** Why a value will not do. */
  private static Unfit odd(Raw raw, Rejection.Reason reason, String expected) {
    if (raw instanceof Raw.TooLong) {
      return new Unfit(Rejection.Reason.TOO_LONG, "");
    }
    if (raw instanceof Raw.Garbled) {
      return new Unfit(Rejection.Reason.NOT_UTF8, "");
    }
    return new Unfit(reason, "%s, expected %s".formatted(inWords(raw), expected));
  }

  private static String inWords(Raw raw) {
    if (raw instanceof Raw.Odd odd) {
      return odd.found();
    }
    if (raw instanceof Raw.Scalar scalar) {
      return excerpt(scalar.text());
    }
    if (raw instanceof Raw.Nothing) {
      return "nothing";
    }
    if (raw instanceof Raw.Reals) {
      return "a list of numbers";
    }
    if (raw instanceof Raw.Strings) {
      return "a list of texts";
    }
    return raw instanceof Raw.Empty ? "an empty list" : "text that is not UTF-8";
  }

  /** The text of bytes in UTF-8; null where they are none. */
  String decode(byte[] bytes, int from, int count) {
    String text = new String(bytes, from, count, StandardCharsets.UTF_8);
    if (text.indexOf(REPLACEMENT) < 0) {
      return text;
    }
    // It stands there in the file, or for what is no UTF-8; the strict decoder, which takes more
    // memory and time, can tell.
    try {
      return decoder.decode(ByteBuffer.wrap(bytes, from, count)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  static String excerpt(String text) {
    return start(text, Rejection.EXCERPT_BYTES);
  }

  /** The first characters, without half of a surrogate pair. */
  static String start(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    boolean halved = Character.isSurrogatePair(text.charAt(most - 1), text.charAt(most));
    return text.substring(0, halved ? most - 1 : most);
  }
}
