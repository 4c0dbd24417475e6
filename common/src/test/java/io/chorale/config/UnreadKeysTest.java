package io.chorale.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A key that is set though nothing reads it with these settings is refused. */
class UnreadKeysTest {
  private static Settings read(String yaml, String... overrides) {
    return SettingsFile.read("my.yaml", yaml, List.of(overrides));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "corpus.sources={a: {weight: 2}} | corpus.time-field=t | corpus.time-field is not set (is:"
            + " t)",
        "corpus.sources={a: {weight: 2}} | data.split=tail | data.split is document (is: tail)",
        "corpus.document=file | corpus.format=jsonl | corpus.format is auto or text (is: jsonl)",
        "corpus.text-field=body | corpus.format=text | corpus.format is not text or fasta (is:"
            + " text)",
        "corpus.text-type=messages | corpus.format=text | corpus.format is not text or fasta (is:"
            + " text)",
        "corpus.answer-field=a | corpus.format=text | corpus.format is not text or fasta (is:"
            + " text)",
        "chat.longer=cut | chat.max-tokens=0 | chat.max-tokens is not 0 (is: 0)",
        "corpus.label-field=y | corpus.format=text | corpus.format is not text or fasta (is: text)",
        "corpus.label-field=y | corpus.format=fasta | corpus.format is not text or fasta (is:"
            + " fasta)",
        "corpus.label-type=number | corpus.label-field= | corpus.label-field is set (is: not set)",
        "corpus.tags-field=t | corpus.format=text | corpus.format is not text or fasta (is: text)",
        "corpus.target-field=t | corpus.format=text | corpus.format is not text or fasta (is:"
            + " text)",
        "corpus.vector-fields=v | corpus.format=text | corpus.format is not text or fasta (is:"
            + " text)",
        "corpus.series-field=s | corpus.format=text | corpus.format is not text or fasta (is:"
            + " text)",
        "corpus.time-field=t | corpus.format=text | corpus.format is not text or fasta (is: text)",
        "corpus.value-fields=v | corpus.time-field= | corpus.time-field is set (is: not set)",
        "corpus.group-field=g | corpus.time-field= | corpus.time-field is set (is: not set)",
        "corpus.fasta-case=upper | corpus.format=csv | corpus.format is auto or fasta (is: csv)",
        "corpus.csv-header=false | corpus.format=jsonl | corpus.format is auto or csv (is: jsonl)",
        "corpus.csv-delimiter=; | corpus.format=jsonl | corpus.format is auto or csv (is: jsonl)",
        "corpus.csv-quote=~ | corpus.format=jsonl | corpus.format is auto or csv (is: jsonl)",
        "corpus.csv-columns=2 | corpus.format=jsonl | corpus.format is auto or csv (is: jsonl)",
        "corpus.csv-header=false | corpus.table=t | corpus.table is not set (is: t)",
        "corpus.csv-columns=2 | corpus.query=q | corpus.query is not set (is: q)",
        "corpus.fasta-case=upper | corpus.table=t | corpus.table is not set (is: t)",
        "corpus.document=file | corpus.table=t | corpus.table is not set (is: t)",
        "quality.preset=c4 | corpus.time-field=t | corpus.time-field is not set (is: t)",
        "quality.reject=words < 3 | corpus.time-field=t | corpus.time-field is not set (is: t)",
        "quality.languages=en | corpus.time-field=t | corpus.time-field is not set (is: t)",
        "quality.pattern=a | corpus.time-field=t | corpus.time-field is not set (is: t)",
        "quality.lines=c4 | corpus.time-field=t | corpus.time-field is not set (is: t)",
        "quality.stop-words=a | corpus.time-field=t | corpus.time-field is not set (is: t)",
        "quality.without=words | quality.preset= | quality.preset is set (is: not set)",
        "duplicates.remove=near | corpus.time-field=t | corpus.time-field is not set (is: t)",
        "duplicates.keep=longest | duplicates.remove=none | duplicates.remove is exact or near (is:"
            + " none)",
        "duplicates.scope=tag | duplicates.remove=none | duplicates.remove is exact or near (is:"
            + " none)",
        "duplicates.against=d | duplicates.remove=none | duplicates.remove is exact or near (is:"
            + " none)",
        "duplicates.words=3 | duplicates.remove=exact | duplicates.remove is near (is: exact)",
        "duplicates.bands=4 | duplicates.remove=exact | duplicates.remove is near (is: exact)",
        "duplicates.rows=4 | duplicates.remove=exact | duplicates.remove is near (is: exact)",
        "duplicates.similarity=0.5 | duplicates.remove=exact | duplicates.remove is near (is:"
            + " exact)",
        "contamination.find=true | corpus.time-field=t | corpus.time-field is not set (is: t)",
        "contamination.paths=a | contamination.find=false | contamination.find is true (is: false)",
        "contamination.words=8 | contamination.find=false | contamination.find is true (is: false)",
        "contamination.common=3 | contamination.find=false | contamination.find is true (is: false)",
        "contamination.most-share=0.5 | contamination.find=false | contamination.find is true (is: false)",
        "contamination.grams=9 | contamination.find=false | contamination.find is true (is: false)",
        "privacy.mask=email | corpus.time-field=t | corpus.time-field is not set (is: t)",
        "tokenizer.kind=words | tokenizer.file=t.json | tokenizer.file is not set (is: t.json)",
        "tokenizer.vocabulary=300 | tokenizer.file=t.json | tokenizer.file is not set (is: t.json)",
        "tokenizer.pattern=a | tokenizer.file=t.json | tokenizer.file is not set (is: t.json)",
        "tokenizer.pattern=a | tokenizer.kind=words | tokenizer.kind is bpe (is: words)",
        "tokenizer.target=separate | corpus.target-field= | corpus.target-field is set (is: not"
            + " set)",
        "tokenizer.target-file=t.json | corpus.target-field= | corpus.target-field is set (is: not"
            + " set)",
        "tokenizer.target-end-of-text=e | corpus.target-field= | corpus.target-field is set (is:"
            + " not set)",
        "tokenizer.target-vocabulary=300 | corpus.target-field= | corpus.target-field is set (is:"
            + " not set)",
        "data.borders=[10, 20] | corpus.time-field= | corpus.time-field is set (is: not set)",
        "data.history=10 | corpus.time-field= | corpus.time-field is set (is: not set)",
        "data.piece=64 | data.split=document | data.split is tail (is: document)",
        "task.direction=causal | task.kind=language-model | task.kind is classification,"
            + " regression, tagging or forecast (is: language-model)",
        "task.pooling=last | task.kind=tagging | task.kind is classification, regression or"
            + " forecast (is: tagging)",
        "task.class-weights=[2, 1] | task.kind=regression | task.kind is classification or tagging"
            + " (is: regression)",
        "task.mask-share=0.5 | task.kind=language-model | task.kind is masked-language-model (is:"
            + " language-model)",
        "model.from=a | task.kind=classification | task.kind is language-model (is:"
            + " classification)",
        "model.vocabulary=999 | task.kind=classification | task.kind is language-model (is:"
            + " classification)",
        "model.layers=2 | model.kind=linear | model.kind is transformer, lstm, gru or rnn (is:"
            + " linear)",
        "model.width=8 | model.kind=linear | model.kind is transformer, lstm, gru or rnn (is:"
            + " linear)",
        "model.dropout=0.1 | model.kind=linear | model.kind is transformer, lstm, gru or rnn (is:"
            + " linear)",
        "model.tied-head=false | task.kind=classification | task.kind is language-model,"
            + " masked-language-model, translation or from-vector (is: classification)",
        "attention.heads=2 | model.kind=lstm | model.kind is transformer (is: lstm)",
        "attention.feed-forward=64 | model.kind=gru | model.kind is transformer (is: gru)",
        "attention.positions=rotary | model.kind=rnn | model.kind is transformer (is: rnn)",
        "attention.norm=rms | model.kind=lstm | model.kind is transformer (is: lstm)",
        "attention.activation=swiglu | model.kind=lstm | model.kind is transformer (is: lstm)",
        "attention.bias=true | model.kind=lstm | model.kind is transformer (is: lstm)",
        "attention.kv-heads=2 | model.kind=lstm | model.kind is transformer (is: lstm)",
        "attention.head-size=8 | model.kind=lstm | model.kind is transformer (is: lstm)",
        "attention.norm-epsilon=1e-6 | model.kind=lstm | model.kind is transformer (is: lstm)",
        "attention.qk-norm=true | model.kind=lstm | model.kind is transformer (is: lstm)",
        "attention.qkv-bias=true | attention.bias=true | attention.bias is false (is: true)",
        "attention.rotary-base=500000 | attention.positions=learned | attention.positions is rotary"
            + " (is: learned)",
        "attention.rotary-scaling={factor: 2} | attention.positions=learned | attention.positions"
            + " is rotary (is: learned)",
        "attention.initializer-range=0.1 | model.kind=lstm | model.kind is transformer (is: lstm)",
        "attention.recompute=true | model.kind=lstm | model.kind is transformer (is: lstm)",
        "recurrence.embedding=64 | model.kind=transformer | model.kind is lstm, gru or rnn (is:"
            + " transformer)",
        "recurrence.forget-bias=2 | model.kind=transformer | model.kind is lstm, gru or rnn (is:"
            + " transformer)",
        "recurrence.forget-bias=2 | model.kind=gru | model.kind is lstm (is: gru)",
        "recurrence.nonlinearity=relu | model.kind=lstm | model.kind is rnn (is: lstm)",
        "recurrence.init=identity | model.kind=gru | model.kind is rnn (is: gru)",
        "embeddings.from=w | task.kind=forecast | task.kind is not word-vectors, forecast or"
            + " from-vector (is: forecast)",
        "retrain.replay=0.1 | retrain.from=scratch | retrain.from is current (is: scratch)",
        "retrain.drift-replay=0.1 | retrain.from=scratch | retrain.from is current (is: scratch)",
        "retrain.epochs=2 | retrain.from=scratch | retrain.from is current (is: scratch)",
        "retrain.learning-rate=0.2 | retrain.from=scratch | retrain.from is current (is: scratch)",
        "retrain.warmup=0.2 | retrain.from=scratch | retrain.from is current (is: scratch)",
        "train.from=runs/a | task.kind=word-vectors | task.kind is not word-vectors (is:"
            + " word-vectors)",
        "lora.rank=2 | model.kind=lstm | model.kind is transformer (is: lstm)",
        "lora.from=a | task.kind=tagging | task.kind is language-model (is: tagging)",
        "lora.alpha=2 | lora.rank=0 | lora.rank is not 0 (is: 0)",
        "lora.dropout=0.1 | lora.rank=0 | lora.rank is not 0 (is: 0)",
        "lora.targets=[up] | lora.rank=0 | lora.rank is not 0 (is: 0)",
        "lora.factors=b | lora.rank=0 | lora.rank is not 0 (is: 0)",
        "embeddings.frozen=2 | embeddings.from= | embeddings.from is set (is: not set)",
        "embeddings.scale=none | embeddings.from= | embeddings.from is set (is: not set)",
        "translation.label-smoothing=0 | task.kind=classification | task.kind is translation or"
            + " from-vector (is: classification)",
        "recurrence.layer-norm=true | model.kind=transformer | model.kind is lstm, gru or rnn (is:"
            + " transformer)",
        "forecast.look-back=8 | task.kind=tagging | task.kind is forecast (is: tagging)",
        "forecast.horizon=8 | task.kind=tagging | task.kind is forecast (is: tagging)",
        "forecast.normalisation=none | task.kind=tagging | task.kind is forecast (is: tagging)",
        "forecast.quantiles=[0.5] | task.kind=tagging | task.kind is forecast (is: tagging)",
        "forecast.season=2 | task.kind=tagging | task.kind is forecast (is: tagging)",
        "forecast.moving-average=5 | task.kind=tagging | task.kind is forecast (is: tagging)",
        "model.kind=lstm | task.kind=word-vectors | task.kind is not word-vectors (is:"
            + " word-vectors)",
        "train.optimizer=sgd | task.kind=word-vectors | task.kind is not word-vectors (is:"
            + " word-vectors)",
        "train.weight-decay=0 | task.kind=word-vectors | task.kind is not word-vectors (is:"
            + " word-vectors)",
        "train.clip=0 | task.kind=word-vectors | task.kind is not word-vectors (is: word-vectors)",
        "train.precision=bfloat16 | task.kind=word-vectors | task.kind is not word-vectors (is:"
            + " word-vectors)",
        "train.products=aten | task.kind=word-vectors | task.kind is not word-vectors (is:"
            + " word-vectors)",
        "train.device=gpu | task.kind=word-vectors | task.kind is not word-vectors (is:"
            + " word-vectors)",
        "average.send=int8 | task.kind=word-vectors | task.kind is not word-vectors (is:"
            + " word-vectors)",
        "vectors.trainer=mllib | task.kind=tagging | task.kind is word-vectors (is: tagging)",
        "vectors.size=8 | task.kind=tagging | task.kind is word-vectors (is: tagging)",
        "vectors.window=2 | task.kind=tagging | task.kind is word-vectors (is: tagging)",
        "vectors.negatives=2 | task.kind=tagging | task.kind is word-vectors (is: tagging)",
        "vectors.negative-power=0.5 | task.kind=tagging | task.kind is word-vectors (is: tagging)",
        "vectors.subsample=0 | task.kind=tagging | task.kind is word-vectors (is: tagging)",
        "vectors.min-count=1 | task.kind=tagging | task.kind is word-vectors (is: tagging)",
        "vectors.phrases=9 | task.kind=tagging | task.kind is word-vectors (is: tagging)",
        "vectors.phrase-words=2 | task.kind=tagging | task.kind is word-vectors (is: tagging)",
        "vectors.phrase-threshold=9 | task.kind=tagging | task.kind is word-vectors (is: tagging)",
        "vectors.ngrams=3-6 | task.kind=tagging | task.kind is word-vectors (is: tagging)",
        "vectors.buckets=9 | task.kind=tagging | task.kind is word-vectors (is: tagging)",
        "contrastive.temperature=1 | task.kind=tagging | task.kind is contrastive (is: tagging)",
        "attention.heads=2 | task.kind=word-vectors | task.kind is not word-vectors (is:"
            + " word-vectors)",
        "train.beta1=0.8 | task.kind=word-vectors | task.kind is not word-vectors (is:"
            + " word-vectors)",
        "train.packing=documents | task.kind=masked-language-model | task.kind is language-model"
            + " (is: masked-language-model)",
        "train.packing=documents | model.kind=lstm | model.kind is transformer (is: lstm)",
        "train.min-learning-rate=0 | train.schedule=constant | train.schedule is cosine or linear"
            + " (is: constant)",
        "train.decay-every=10 | train.schedule=cosine | train.schedule is step (is: cosine)",
        "train.decay-factor=0.1 | train.schedule=constant | train.schedule is step (is: constant)",
        "train.beta1=0.8 | train.optimizer=sgd | train.optimizer is adamw (is: sgd)",
        "train.beta2=0.8 | train.optimizer=sgd | train.optimizer is adamw (is: sgd)",
        "train.epsilon=1.0e-6 | train.optimizer=sgd | train.optimizer is adamw (is: sgd)",
        "train.momentum=0.5 | train.optimizer=adamw | train.optimizer is sgd (is: adamw)",
        "average.learning-rate=0.5 | average.outer=mean | average.outer is nesterov or adam (is:"
            + " mean)",
        "average.momentum=0.5 | average.outer=adam | average.outer is nesterov (is: adam)",
        "average.beta1=0.5 | average.outer=nesterov | average.outer is adam (is: nesterov)",
        "average.beta2=0.5 | average.outer=nesterov | average.outer is adam (is: nesterov)",
        "evaluate.tunes=10 | task.kind=translation | task.kind is language-model (is: translation)",
        "predict.every-step=true | task.kind=tagging | task.kind is forecast (is: tagging)",
        "predict.midi=true | task.kind=tagging | task.kind is language-model, translation or"
            + " from-vector (is: tagging)",
        "query.index=x | query.index-above=0 | query.index-above is not 0 (is: 0)",
        "query.recall=1 | query.index-above=0 | query.index-above is not 0 (is: 0)",
        "alerts.authorization=env:TOKEN | alerts.webhook= | alerts.webhook is set (is: not set)",
        "alerts.timeout=5 | alerts.webhook= | alerts.webhook is set (is: not set)",
        "registry.name=x | registry.path= | registry.path is set (is: not set)",
        "registry.keep=2 | registry.path= | registry.path is set (is: not set)",
        "registry.keep-days=2 | registry.path= | registry.path is set (is: not set)",
        "embed.method=mean | embed.from= | embed.from is set (is: not set)",
        "embed.sif=1 | embed.from= | embed.from is set (is: not set)",
        "embed.directions=2 | embed.map=whiten | embed.map is remove (is: whiten)",
        "embed.size=8 | embed.map=remove | embed.map is whiten (is: remove)",
        "embed.sample-rows=9 | embed.map=none | embed.map is remove or whiten (is: none)",
        "average.adaptivity=0.5 | average.outer=mean | average.outer is adam (is: mean)",
        "generate.tokens=9 | task.kind=tagging | task.kind is language-model, translation or"
            + " from-vector (is: tagging)",
        "generate.temperature=0 | task.kind=translation | task.kind is language-model (is:"
            + " translation)",
        "generate.top-k=9 | task.kind=translation | task.kind is language-model (is: translation)",
        "generate.top-p=0.9 | task.kind=from-vector | task.kind is language-model (is:"
            + " from-vector)",
        "generate.seed=2 | task.kind=from-vector | task.kind is language-model (is: from-vector)",
        "generate.stop=end | task.kind=translation | task.kind is language-model (is: translation)",
        "generate.beam=4 | task.kind=language-model | task.kind is translation or from-vector (is:"
            + " language-model)",
        "generate.length-penalty=1 | task.kind=language-model | task.kind is translation or"
            + " from-vector (is: language-model)",
      })
  void aKeyThatNothingReadsIsRefused(String set, String kind, String where) {
    String key = set.substring(0, set.indexOf('='));
    String deciding = kind.substring(0, kind.indexOf('='));
    String message = key + " is read where " + where + ". Remove it, or change " + deciding + ".";
    for (List<String> files :
        List.of(List.of("", set, kind), List.of("", kind, set), List.of(yaml(set), kind))) {
      SettingsException refused =
          assertThrows(
              SettingsException.class,
              () -> read(files.get(0), files.subList(1, files.size()).toArray(String[]::new)));
      assertEquals(message, refused.getMessage());
    }
    assertFalse(SettingsFile.reads(SettingsFile.with(read(""), kind), key), key);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vectors.negatives=2",
        "vectors.negative-power=0.5",
        "vectors.subsample=0",
        "vectors.ngrams=3-6",
        "train.batch=9",
        "train.patience=1",
        "train.average-every=9",
        "train.schedule=linear",
        "train.min-learning-rate=0",
        "train.warmup=9",
        "train.shuffle-window=9",
        "average.outer=nesterov",
        "average.anchor=bfloat16",
        "evaluate.every=2",
        "evaluate.split=test",
        "evaluate.batch=9",
      })
  void aKeyThatMllibDoesNotKnowIsRefused(String set) {
    String key = set.substring(0, set.indexOf('='));
    SettingsException refused =
        assertThrows(
            SettingsException.class,
            () -> read(yaml(set), "task.kind=word-vectors", "vectors.trainer=mllib"));
    assertEquals(
        key
            + " is read where vectors.trainer is chorale (is: mllib). Remove it, or change"
            + " vectors.trainer.",
        refused.getMessage());
  }

  private static String yaml(String set) {
    return set.replaceFirst("([a-z]+)\\.([a-z0-9-]+)=(.*)", "$1: {$2: $3}");
  }

  /** The refusals above leave out no key that has a condition. */
  @Test
  void everyConditionIsTried() throws NoSuchMethodException {
    String[] any =
        UnreadKeysTest.class
            .getDeclaredMethod(
                "aKeyThatNothingReadsIsRefused", String.class, String.class, String.class)
            .getAnnotation(CsvSource.class)
            .value();
    String[] ofMllib =
        UnreadKeysTest.class
            .getDeclaredMethod("aKeyThatMllibDoesNotKnowIsRefused", String.class)
            .getAnnotation(ValueSource.class)
            .strings();
    List<String> tried =
        Stream.of(any, ofMllib)
            .flatMap(Stream::of)
            .map(row -> row.substring(0, row.indexOf('=')))
            .distinct()
            .sorted()
            .toList();
    List<String> conditional =
        SettingsFile.keys().stream()
            .filter(key -> !Reference.readWhere(key).conditions().isEmpty())
            .sorted()
            .toList();
    assertEquals(conditional, tried);
  }

  static Stream<ReadWhere.Condition> conditions() {
    return SettingsFile.keys().stream()
        .flatMap(key -> Reference.readWhere(key).conditions().stream())
        .distinct();
  }

  @ParameterizedTest
  @MethodSource("conditions")
  void conditionsNameKeysAndValuesThatThereAre(ReadWhere.Condition condition) {
    for (String value : condition.values()) {
      String set = condition.key() + "=" + value;
      assertEquals(value, SettingsFile.value(SettingsFile.with(read(""), set), condition.key()));
    }
  }

  @Test
  void allThatIsNotReadIsNamedAtOnce() {
    SettingsException refused =
        assertThrows(
            SettingsException.class,
            () ->
                read(
                    "{model: {kind: lstm}, attention: {heads: 2, norm: rms}}", "train.momentum=0"));
    assertEquals(
        "attention.heads is read where model.kind is transformer (is: lstm). attention.norm is read"
            + " where model.kind is transformer (is: lstm). train.momentum is read where"
            + " train.optimizer is sgd (is: adamw). Remove what is not read, or change model.kind"
            + " or train.optimizer.",
        refused.getMessage());
  }

  @Test
  void anOverrideIsSetEvenToTheDefault() {
    assertThrows(SettingsException.class, () -> read("", "train.momentum=0.9"));
    assertThrows(SettingsException.class, () -> read("model: {kind: lstm}", "model.heads=4"));
  }

  @Test
  void aCopyOfTheSettingsOfARunIsTaken() {
    for (String kind : List.of("transformer", "lstm", "gru", "rnn")) {
      Settings settings = read("", "model.kind=" + kind, "train.optimizer=sgd", "data.path=a");
      String written = SettingsFile.write(settings);
      assertEquals(settings, read(written));
      assertEquals(settings, SettingsFile.reopen("run", written));
    }
  }

  @Test
  void theSettingsOfARunOpenWhateverIsRead() {
    Settings settings = SettingsFile.with(read("model: {kind: lstm}"), "attention.heads=2");
    assertEquals(settings, SettingsFile.reopen("run", SettingsFile.write(settings)));
    assertThrows(SettingsException.class, () -> read(SettingsFile.write(settings)));
  }
}
