package io.chorale.quality;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import opennlp.tools.langdetect.DefaultLanguageDetectorContextGenerator;
import opennlp.tools.langdetect.LanguageDetectorContextGenerator;
import opennlp.tools.langdetect.LanguageDetectorModel;
import opennlp.tools.ml.model.MaxentModel;

/**
 * Apache OpenNLP's model of 103 languages: maximum entropy over all runs of one to three
 * characters. The only file that knows the library.
 *
 * <p>The score is that of the likeliest language by the sum of the two likeliest, so from 0.5 to 1:
 * the model's own probabilities depend on the length of the text.
 *
 * <p>What its own detector does besides, clearing away URLs and digits by regular expressions and
 * sorting all languages, a {@link LanguageSample} does in less time.
 */
final class OpenNlpLanguage implements LanguageIdentifier {
  private static final String MODEL = "/langdetect-183.bin";
  private static final int LONGEST_RUN = 3;

  /** Letters that are too few to tell a language by. */
  private static final int FEW = 20;

  /** Codes of the model that are parts of what ISO 639-1 has one code for. */
  private static final Map<String, String> WIDER =
      Map.of(
          "cmn", "zh", "ekk", "et", "lvs", "lv", "nob", "no", "nno", "no", "pes", "fa", "plt", "mg",
          "swh", "sw", "zsm", "ms");

  private static final LanguageDetectorContextGenerator RUNS =
      new DefaultLanguageDetectorContextGenerator(1, LONGEST_RUN) {};

  private final MaxentModel model;
  private final String[] codes;

  private OpenNlpLanguage(MaxentModel model) {
    this.model = model;
    this.codes = codes(model);
  }

  /** The only one of this process: the model takes some tens of megabytes. */
  static OpenNlpLanguage instance() {
    return Holder.INSTANCE;
  }

  private static final class Holder {
    static final OpenNlpLanguage INSTANCE = load();
  }

  private static OpenNlpLanguage load() {
    try (InputStream in = LanguageDetectorModel.class.getResourceAsStream(MODEL)) {
      return new OpenNlpLanguage(new LanguageDetectorModel(in).getMaxentModel());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String[] codes(MaxentModel model) {
    Map<String, String> shorter = new HashMap<>();
    for (String two : Locale.getISOLanguages()) {
      String now = Locale.forLanguageTag(two).toLanguageTag(); // he for the former iw
      shorter.put(Locale.forLanguageTag(two).getISO3Language(), now);
    }
    shorter.putAll(WIDER);
    String[] codes = new String[model.getNumOutcomes()];
    for (int i = 0; i < codes.length; i++) {
      String code = model.getOutcome(i);
      codes[i] = shorter.getOrDefault(code, code);
    }
    return codes;
  }

  @Override
  public Guess identify(String text) {
    String sample = LanguageSample.of(text);
    if (sample.length() < FEW) {
      return Guess.NONE;
    }
    CharSequence[] runs = RUNS.getContext(sample);
    String[] features = new String[runs.length];
    for (int i = 0; i < runs.length; i++) {
      features[i] = runs[i].toString();
    }
    double[] scores = model.eval(features);
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      best = scores[i] > scores[best] ? i : best;
    }
    double second = 0;
    for (int i = 0; i < scores.length; i++) {
      second = i == best ? second : Math.max(second, scores[i]);
    }
    return new Guess(codes[best], scores[best] / (scores[best] + second));
  }
}
