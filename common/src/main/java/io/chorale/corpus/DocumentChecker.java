package io.chorale.corpus;

import io.chorale.config.CorpusSettings;
import io.chorale.io.Utf8;
import io.chorale.token.PreTokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Decides whether a record is a document, or why not, whatever its file is. Not thread-safe: one
 * for each task.
 */
final class DocumentChecker {
  private static final int SHOWN = 40;

  private final CorpusSettings settings;
  private final Set<String> columns;
  private final boolean cutsWords;
  private final boolean window;
  private final JsonFields json;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);

  /** Checks by the settings' limits and names of fields. */
  DocumentChecker(CorpusSettings settings) {
    this(settings, named(settings), !settings.tagsField().isEmpty(), false);
  }

  /**
   * Checks some of the fields that the settings name. A record of steps has many of them: lists of
   * values, and the time of the last.
   *
   * @param columns that a document has
   * @param cutsWords whether a text is cut into words
   */
  DocumentChecker(CorpusSettings settings, Set<String> columns, boolean cutsWords) {
    this(settings, columns, cutsWords, settings.hasSteps());
  }

  private DocumentChecker(
      CorpusSettings settings, Set<String> columns, boolean cutsWords, boolean window) {
    this.settings = settings;
    this.window = window;
    this.columns = Set.copyOf(columns);
    this.cutsWords = cutsWords;
    this.json = new JsonFields(settings);
  }

  /** The columns for which the settings name fields. */
  private static Set<String> named(CorpusSettings settings) {
    Set<String> named = new HashSet<>();
    add(named, Document.TEXT, settings.textField());
    add(named, Document.TAGS, settings.tagsField());
    add(named, Document.SERIES, settings.seriesField());
    add(named, Document.VECTOR, String.join("", settings.vectorFields()));
    add(named, Document.TARGET, settings.targetField());
    add(named, Document.LABEL, settings.labelField());
    add(named, Document.TIME, settings.timeField());
    add(named, Document.GROUP, settings.groupField());
    return named;
  }

  private static void add(Set<String> named, String column, String field) {
    if (!field.isEmpty()) {
      named.add(column);
    }
  }

  /** Why a record is no document. */
  private static final class Unfit extends Exception {
    private static final long serialVersionUID = 1L;

    private final Rejection.Reason reason;
    // What is shown of it; null for the document, or the record, as a whole.
    private final transient Raw.Encoded shown;
    private final long length;

    Unfit(Rejection.Reason reason, String found) {
      this(reason, found, null, 0);
    }

    /**
     * @param length of what is shown, as found
     */
    Unfit(Rejection.Reason reason, String found, Raw.Encoded shown, long length) {
      super(found, null, false, false);
      this.reason = reason;
      this.shown = shown;
      this.length = length;
    }

    Unfit(Rejection.Reason reason, Raw.Encoded shown) {
      this(reason, "", shown, shown.count());
    }
  }

  /** Text in UTF-8 that is all of a document, as it stands in a text file. */
  CorpusEntry checkText(int file, long offset, byte[] bytes, int from, int count) {
    Map<String, Raw> values = Map.of(settings.textField(), new Raw.Encoded(bytes, from, count));
    return check(new RawRecord(file, offset, count, bytes, from, count, values));
  }

  /** A line of a JSON lines file. */
  CorpusEntry checkJson(int file, long offset, byte[] bytes, int from, int count) {
    RawRecord nothing = new RawRecord(file, offset, count, bytes, from, count, Map.of());
    String line = decode(bytes, from, count);
    if (line == null) {
      return nothing.rejected(Rejection.Reason.NOT_UTF8, "");
    }
    if (line.isBlank()) {
      return nothing.rejected(Rejection.Reason.EMPTY, "");
    }
    try {
      return check(new RawRecord(file, offset, count, bytes, from, count, json.read(line)));
    } catch (IOException e) {
      return nothing.rejected(Rejection.Reason.BAD_JSON, JsonFields.found(e));
    }
  }

  /** A record of any file. */
  CorpusEntry check(RawRecord record) {
    Map<String, Field> fields = new LinkedHashMap<>();
    try {
      long bytes = read(record, fields);
      return new Document(record.file(), record.offset(), bytes, fields);
    } catch (Unfit unfit) {
      if (unfit.shown != null) {
        Raw.Encoded shown = unfit.shown;
        return Rejection.of(
                record.file(),
                record.offset(),
                unfit.length,
                unfit.reason,
                shown.bytes(),
                shown.from(),
                shown.count())
            .because(unfit.getMessage());
      }
      if (fields.isEmpty()) {
        return record.rejected(unfit.reason, unfit.getMessage());
      }
      Document begun = new Document(record.file(), record.offset(), bytes(fields), fields);
      return Rejection.of(begun, unfit.reason, unfit.getMessage());
    }
  }

  /** Reads the fields one by one, the text first; returns the bytes of the document. */
  private long read(RawRecord record, Map<String, Field> fields) throws Unfit {
    return settings.hasSteps() ? readStep(record, fields) : readRow(record, fields);
  }

  private long readStep(RawRecord record, Map<String, Field> fields) throws Unfit {
    Raw time = record.value(settings.timeField());
    String text = time instanceof Raw.Scalar scalar ? scalar.text() : time(time);
    Field.Moment moment =
        Times.parse(text)
            .orElseThrow(
                () ->
                    new Unfit(
                        Rejection.Reason.BAD_TIME,
                        "\"%s\", expected a time".formatted(shown(text))));
    fields.put(Document.TIME, moment);
    fields.put(Document.SERIES, window ? window(record) : step(record));
    if (columns.contains(Document.GROUP)) {
      Raw group = record.value(settings.groupField());
      fields.put(Document.GROUP, name(group, Rejection.Reason.NO_GROUP));
    }
    return bytes(fields);
  }

  private Field step(RawRecord record) throws Unfit {
    return numbers(record, settings.valueFields(), Rejection.Reason.BAD_SERIES);
  }

  /** Successive steps: of each channel a list, or one list of steps with all channels. */
  private Field window(RawRecord record) throws Unfit {
    List<float[]> channels = new ArrayList<>();
    for (String name : settings.valueFields()) {
      Raw.Reals part = numbers(record.value(name), Rejection.Reason.BAD_SERIES);
      if (part.width() > 0 && settings.valueFields().size() == 1) {
        return new Field.Numbers(part.values(), part.width());
      }
      int steps = channels.isEmpty() ? part.values().length : channels.get(0).length;
      if (part.width() > 0 || part.values().length != steps) {
        throw new Unfit(
            Rejection.Reason.BAD_SERIES,
            part.width() > 0
                ? "a list of lists, expected one of numbers"
                : "%d steps of %s, %d of %s"
                    .formatted(part.values().length, name, steps, settings.valueFields().get(0)));
      }
      channels.add(part.values());
    }
    int size = channels.size();
    float[] values = new float[channels.get(0).length * size];
    for (int i = 0; i < values.length; i++) {
      values[i] = channels.get(i % size)[i / size];
    }
    return new Field.Numbers(values, size);
  }

  private String time(Raw raw) throws Unfit {
    return string(raw, Rejection.Reason.BAD_TIME, "a time");
  }

  private long readRow(RawRecord record, Map<String, Field> fields) throws Unfit {
    if (columns.contains(Document.TEXT)) {
      Raw raw = record.value(settings.textField());
      Field text = text(raw, Rejection.Reason.NO_TEXT, Rejection.Reason.EMPTY);
      boolean cut = cutsWords && text instanceof Field.Text;
      fields.put(Document.TEXT, cut ? cut(text.toString()) : text);
    }
    if (columns.contains(Document.TAGS)) {
      int words = ((Field.Words) fields.get(Document.TEXT)).values().size();
      fields.put(Document.TAGS, tags(record.value(settings.tagsField()), words));
    }
    if (columns.contains(Document.SERIES)) {
      fields.put(Document.SERIES, series(record.value(settings.seriesField())));
    }
    if (columns.contains(Document.VECTOR)) {
      fields.put(
          Document.VECTOR, numbers(record, settings.vectorFields(), Rejection.Reason.BAD_VECTOR));
    }
    if (columns.contains(Document.TARGET)) {
      Raw target = record.value(settings.targetField());
      fields.put(
          Document.TARGET, text(target, Rejection.Reason.NO_TARGET, Rejection.Reason.NO_TARGET));
    }
    if (columns.contains(Document.LABEL)) {
      fields.put(Document.LABEL, label(record.value(settings.labelField())));
    }
    long bytes = bytes(fields);
    if (bytes > settings.maxDocumentBytes()) {
      throw new Unfit(
          Rejection.Reason.TOO_LONG, "its fields have %,d bytes together".formatted(bytes));
    }
    return bytes;
  }

  /** Bytes of all that is no label. */
  private static long bytes(Map<String, Field> fields) {
    long bytes = 0;
    for (Map.Entry<String, Field> field : fields.entrySet()) {
      bytes += Document.isLabel(field.getKey()) ? 0 : field.getValue().bytes();
    }
    return bytes;
  }

  /**
   * A text, or a list of words.
   *
   * @param missing the reason where it is neither
   * @param empty the reason where it is blank
   */
  private Field text(Raw raw, Rejection.Reason missing, Rejection.Reason empty) throws Unfit {
    if (raw instanceof Raw.Encoded encoded) {
      return new Field.Text(text(encoded, empty));
    }
    if (raw instanceof Raw.Decoded decoded) {
      return new Field.Text(text(decoded.text(), empty));
    }
    if (raw instanceof Raw.Strings strings) {
      return new Field.Words(words(strings.values(), missing));
    }
    if (raw instanceof Raw.Empty) {
      throw new Unfit(empty, "");
    }
    throw raw instanceof Raw.Nothing ? new Unfit(missing, "") : odd(raw, missing, "text");
  }

  private String text(Raw.Encoded encoded, Rejection.Reason empty) throws Unfit {
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
    return text;
  }

  private String text(String text, Rejection.Reason empty) throws Unfit {
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
      return text;
    }
    byte[] bytes = excerpt(text).getBytes(StandardCharsets.UTF_8);
    throw new Unfit(reason, "", new Raw.Encoded(bytes), length);
  }

  /** What stands between white space, also such as {@link String#isBlank} does not know. */
  private static Field cut(String text) throws Unfit {
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

  private Field tags(Raw raw, int words) throws Unfit {
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

  private Field series(Raw raw) throws Unfit {
    if (raw instanceof Raw.Scalar) {
      throw new Unfit(Rejection.Reason.BAD_SERIES, "one number, expected a list");
    }
    Raw.Reals numbers = numbers(raw, Rejection.Reason.BAD_SERIES);
    return new Field.Numbers(numbers.values(), Math.max(1, numbers.width()));
  }

  /** The numbers of some fields, one after the other, as one step. */
  private Field numbers(RawRecord record, List<String> names, Rejection.Reason reason)
      throws Unfit {
    List<float[]> parts = new ArrayList<>();
    int length = 0;
    for (String name : names) {
      Raw.Reals part = numbers(record.value(name), reason);
      if (part.width() > 0) {
        throw new Unfit(reason, "a list of lists, expected one of numbers");
      }
      parts.add(part.values());
      length += part.values().length;
    }
    FloatBuffer vector = FloatBuffer.allocate(length);
    parts.forEach(vector::put);
    return new Field.Numbers(vector.array(), length);
  }

  private Field label(Raw raw) throws Unfit {
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
   * What a class or a series is called.
   *
   * @param missing the reason where it has no name
   */
  private Field name(Raw raw, Rejection.Reason missing) throws Unfit {
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

  private static String shown(String text) {
    return text.substring(0, Math.min(SHOWN, text.length()));
  }

  /** The text of a value that is to be cut; fails where it is none. */
  private String string(Raw raw, Rejection.Reason reason, String expected) throws Unfit {
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

  String decode(byte[] bytes, int from, int count) {
    try {
      return decoder.decode(ByteBuffer.wrap(bytes, from, count)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  static String excerpt(String text) {
    return text.substring(0, Math.min(text.length(), Rejection.EXCERPT_BYTES));
  }
}
