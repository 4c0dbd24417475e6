package io.chorale.config;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Settings of the corpus: its files, and how they are read as documents. {@code reference.yaml}
 * explains each key.
 */
public record CorpusSettings(
    List<String> paths,
    List<String> validationPaths,
    List<String> testPaths,
    Sections sources,
    List<String> tags,
    int weight,
    String table,
    String query,
    String format,
    Map<String, String> options,
    String version,
    Document document,
    String textField,
    TextType textType,
    String answerField,
    String labelField,
    LabelType labelType,
    String tagsField,
    String targetField,
    List<String> vectorFields,
    String seriesField,
    String timeField,
    List<String> valueFields,
    String groupField,
    boolean csvHeader,
    String csvDelimiter,
    String csvQuote,
    int csvColumns,
    LetterCase fastaCase,
    int maxDocumentBytes,
    double maxRejected,
    int maxUnpackRatio,
    long maxZstdWindow) {

  /** The windows that the format knows. */
  private static final long LEAST_ZSTD_WINDOW = 1L << 10;

  private static final long MOST_ZSTD_WINDOW = 1L << 31;

  private static final String TAB = "tab";

  /** The spelling of a source's name and of a tag, which stand in names of files and in lists. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private static final int MOST_SOURCES = 64;
  private static final int MOST_PASSES = 1000;

  /** How a file is read, where Spark does not read it. */
  public enum Format {
    AUTO,
    TEXT,
    JSONL,
    CSV,
    PARQUET,
    FASTA
  }

  /** What a document is in a text file. */
  public enum Document {
    LINE,
    FILE
  }

  /** What a text is: as it stands, or a list of messages. */
  public enum TextType {
    PLAIN,
    MESSAGES
  }

  /** The type of a label: the name of a class, or a real number. */
  public enum LabelType {
    CLASS,
    NUMBER
  }

  /** The case that letters of a sequence are turned to. */
  public enum LetterCase {
    AS_IS,
    UPPER,
    LOWER
  }

  public CorpusSettings {
    paths = List.copyOf(paths);
    validationPaths = List.copyOf(validationPaths);
    testPaths = List.copyOf(testPaths);
    tags = List.copyOf(tags);
    Check.that(
        sources.names().size() <= MOST_SOURCES,
        "corpus.sources",
        "at most " + MOST_SOURCES,
        sources.names().size());
    sources.names().forEach(name -> checkName("corpus.sources", name));
    tags.forEach(tag -> checkName("corpus.tags", tag));
    Check.between("corpus.weight", weight, 0, MOST_PASSES);
    options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    vectorFields = List.copyOf(vectorFields);
    valueFields = List.copyOf(valueFields);
    checkOrigin(paths, validationPaths, testPaths, table, query);
    Check.that(
        table.isEmpty() && query.isEmpty() || format.equals(Binding.name(Format.AUTO)),
        "corpus.format",
        "auto where corpus.table or corpus.query is set",
        format);
    Check.that(
        options.isEmpty() || !table.isEmpty() || own(format).isEmpty(),
        "corpus.options",
        "empty, unless corpus.table is set or corpus.format is one of Spark's",
        options);
    ReadOptions.check(options);
    Check.that(
        version.isEmpty() || !table.isEmpty() || own(format).isEmpty(),
        "corpus.version",
        "empty, unless corpus.table is set or corpus.format is one of Spark's",
        version);
    Check.atLeast("corpus.max-document-bytes", maxDocumentBytes, 1);
    Check.that(
        maxRejected >= 0 && maxRejected <= 1, "corpus.max-rejected", "from 0 to 1", maxRejected);
    Check.atLeast("corpus.max-unpack-ratio", maxUnpackRatio, 1);
    Check.that(
        Long.bitCount(maxZstdWindow) == 1
            && maxZstdWindow >= LEAST_ZSTD_WINDOW
            && maxZstdWindow <= MOST_ZSTD_WINDOW,
        "corpus.max-zstd-window",
        "a power of two from %d to %d".formatted(LEAST_ZSTD_WINDOW, MOST_ZSTD_WINDOW),
        maxZstdWindow);
    Check.that(
        isAscii(csvDelimiter) || csvDelimiter.equals(TAB),
        "corpus.csv-delimiter",
        "one ASCII character, or tab",
        csvDelimiter);
    Check.that(
        csvQuote.isEmpty()
            || (isAscii(csvQuote) && csvQuote.charAt(0) != delimiterOf(csvDelimiter)),
        "corpus.csv-quote",
        "one ASCII character that is not the delimiter, or nothing",
        csvQuote);
    Check.atLeast("corpus.csv-columns", csvColumns, 0);
    Check.that(!vectorFields.contains(""), "corpus.vector-fields", "names of fields", vectorFields);
    Check.that(!valueFields.contains(""), "corpus.value-fields", "names of fields", valueFields);
    Check.that(
        !textField.isEmpty()
            || !seriesField.isEmpty()
            || !vectorFields.isEmpty()
            || !timeField.isEmpty(),
        "corpus.text-field",
        "the name of a field where corpus.series-field, corpus.vector-fields and corpus.time-field"
            + " are empty",
        "nothing");
    Check.that(
        tagsField.isEmpty() || !textField.isEmpty(),
        "corpus.tags-field",
        "empty where corpus.text-field is",
        tagsField);
    rowFields(
        textField, answerField, labelField, tagsField, targetField, vectorFields, seriesField);
    checkConversations(textType, textField, answerField, tagsField);
    stepFields(timeField, valueFields, groupField);
  }

  private static void checkConversations(
      TextType textType, String textField, String answerField, String tagsField) {
    boolean messages = textType == TextType.MESSAGES;
    Check.that(
        answerField.isEmpty() || !messages,
        "corpus.answer-field",
        "empty where corpus.text-type is messages, since the answers are among them",
        answerField);
    Check.that(
        !messages && answerField.isEmpty() || !textField.isEmpty(),
        "corpus.text-field",
        "the field of the %s".formatted(messages ? "messages" : "prompts"),
        "nothing");
    Check.that(
        !messages && answerField.isEmpty() || tagsField.isEmpty(),
        "corpus.tags-field",
        "empty where there are answers to be learned",
        tagsField);
  }

  /** Whether documents are conversations, of whose tokens those of the answers are learned. */
  public boolean hasAnswers() {
    return textType == TextType.MESSAGES || !answerField.isEmpty();
  }

  private static void checkName(String key, String name) {
    Check.that(
        NAME.matcher(name).matches(),
        key,
        "named by at most 64 letters, digits, dots, dashes and underscores",
        name);
  }

  /** Refuses a corpus that comes from more than one place. */
  private static void checkOrigin(
      List<String> paths,
      List<String> validationPaths,
      List<String> testPaths,
      String table,
      String query) {
    boolean named = !table.isEmpty() || !query.isEmpty();
    Check.that(
        table.isEmpty() || query.isEmpty(),
        "corpus.query",
        "empty where corpus.table is set",
        query);
    Check.that(
        !named || paths.isEmpty(),
        "corpus.paths",
        "empty where corpus.table or corpus.query is set",
        paths);
    Check.that(
        !named || validationPaths.isEmpty() && testPaths.isEmpty(),
        "corpus.validation-paths and corpus.test-paths",
        "empty where corpus.table or corpus.query is set",
        validationPaths.isEmpty() ? testPaths : validationPaths);
  }

  private static Map<String, String> rowFields(
      String textField,
      String answerField,
      String labelField,
      String tagsField,
      String targetField,
      List<String> vectorFields,
      String seriesField) {
    Map<String, String> fields = new LinkedHashMap<>();
    name(fields, textField, "corpus.text-field");
    name(fields, answerField, "corpus.answer-field");
    name(fields, labelField, "corpus.label-field");
    name(fields, tagsField, "corpus.tags-field");
    name(fields, targetField, "corpus.target-field");
    vectorFields.forEach(field -> name(fields, field, "corpus.vector-fields"));
    name(fields, seriesField, "corpus.series-field");
    return fields;
  }

  private static Map<String, String> stepFields(
      String timeField, List<String> valueFields, String groupField) {
    Map<String, String> fields = new LinkedHashMap<>();
    name(fields, timeField, "corpus.time-field");
    valueFields.forEach(field -> name(fields, field, "corpus.value-fields"));
    name(fields, groupField, "corpus.group-field");
    return fields;
  }

  private static void name(Map<String, String> fields, String field, String key) {
    if (!field.isEmpty()) {
      String before = fields.put(field, key);
      Check.that(before == null, key, "another field than " + before, field);
    }
  }

  /** The fields that are read of each record, each with the key that names it. */
  public Map<String, String> fields() {
    return hasSteps()
        ? stepFields(timeField, valueFields, groupField)
        : rowFields(
            textField, answerField, labelField, tagsField, targetField, vectorFields, seriesField);
  }

  /** Refuses settings of a corpus of steps that leave some of them without a meaning. */
  public void checkSteps() {
    rowFields(textField, answerField, labelField, tagsField, targetField, vectorFields, seriesField)
        .forEach(
            (field, key) ->
                Check.that(
                    false,
                    key,
                    "empty where corpus.time-field is set, since records are steps then",
                    field));
    Check.that(
        !valueFields.isEmpty(),
        "corpus.value-fields",
        "names of fields where corpus.time-field is set",
        "nothing");
    Check.that(
        !hasSplitFiles(),
        "corpus.paths",
        "all files of the series where corpus.time-field is set, since each is split by its time:"
            + " see data.borders",
        "corpus.validation-paths or corpus.test-paths beside them");
  }

  /** Whether records are the steps of series, not documents. */
  public boolean hasSteps() {
    return !timeField.isEmpty();
  }

  /** The keys of what is read beside the text. */
  public List<String> keysBesideText() {
    return fields().values().stream().filter(key -> !key.equals("corpus.text-field")).toList();
  }

  /** Whether a tokenizer is needed. */
  public boolean hasText() {
    return !textField.isEmpty() || !targetField.isEmpty();
  }

  /** Whether some fields hold numbers. */
  public boolean hasNumbers() {
    return labelType == LabelType.NUMBER
        || !vectorFields.isEmpty()
        || !seriesField.isEmpty()
        || hasSteps();
  }

  private static boolean isAscii(String text) {
    return text.length() == 1 && text.charAt(0) < 0x80 && text.charAt(0) >= ' '
        || text.equals("\t");
  }

  private static char delimiterOf(String csvDelimiter) {
    return csvDelimiter.equals(TAB) ? '\t' : csvDelimiter.charAt(0);
  }

  /** The format, if it is none of Spark's. */
  public Optional<Format> ownFormat() {
    return own(format);
  }

  private static Optional<Format> own(String format) {
    return Arrays.stream(Format.values())
        .filter(known -> Binding.name(known).equals(format))
        .findFirst();
  }

  /** Whether Spark reads the corpus: a table, the result of a query, or files of its formats. */
  public boolean readBySpark() {
    return !table.isEmpty() || !query.isEmpty() || ownFormat().isEmpty();
  }

  /** The byte between two fields of a CSV file. */
  public byte csvDelimiterByte() {
    return (byte) delimiterOf(csvDelimiter);
  }

  /**
   * The paths that were given for a split: those of the training split are all that are for none.
   */
  public List<String> paths(DatasetSplit split) {
    return switch (split) {
      case TRAIN -> paths;
      case VALIDATION -> validationPaths;
      case TEST -> testPaths;
    };
  }

  /** Whether a split other than the training split has files of its own. */
  public boolean hasSplitFiles() {
    return !validationPaths.isEmpty() || !testPaths.isEmpty();
  }
}
