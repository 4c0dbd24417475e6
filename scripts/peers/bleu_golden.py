#!/usr/bin/env python3
"""BLEU and chrF of a few translations by sacreBLEU, for TextMeasuresTest; needs Python's sacrebleu.

    python3 scripts/peers/bleu_golden.py > common/src/test/resources/io/chorale/task/bleu-golden.json
"""
import json

import sacrebleu
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

PAIRS = [
    ("Zwei junge Männer sind im Freien.", "Zwei junge weiße Männer sind im Freien in der Nähe vieler Büsche."),
    ("Mehrere Männer bedienen ein Riesenrad, das 1,234.5 m hoch ist", "Mehrere Männer mit Schutzhelmen bedienen ein Antriebsradsystem."),
    ("Ein kleines Mädchen klettert in ein Spielhaus aus Holz.", "Ein kleines Mädchen klettert in ein Spielhaus aus Holz."),
    ("", "Ein Mann in einem blauen Hemd"),
    ("ja", "Nein!"),
    ("the the the the the the the", "the cat is on the mat"),
    ("\"Quoted\" &amp; &quot;text&quot; &lt;b&gt; (x-y) 3-4 a.b 1.000,5 U.S.A. it's", "&quot;Quoted&quot; & \"text\" <b> (x-y) 3-4 a . b 1.000,5 U.S.A. it 's"),
    ("tabs\tand\u00a0blanks \u3000 here  ", "tabs and blanks here"),
    ("emoji \U0001F600\U0001F600 x", "emoji \U0001F600 \U0001F601 x"),
    ("a-\nb <skipped> c\nd", "ab c d"),
    ("[{~}] @ a/b; c:d? e=f <g> h_i ^j `k` |l| $5 #6 %7 *8 +9", "[ { ~ } ] @ a / b ; c : d ? e = f < g > h_i ^j `k` | l | $5 #6 %7 *8 +9"),
    ("Größe ÄÖÜ ß é e\u0301 ﬁ", "größe ÄÖÜ ss é é fi"),
]


def scores(pairs):
    written, targets = [w for w, _ in pairs], [t for _, t in pairs]
    return {"bleu": sacrebleu.corpus_bleu(written, [targets], force=True).score,
            "chrf": sacrebleu.corpus_chrf(written, [targets]).score}


tokenizer = Tokenizer13a()
print(json.dumps({
    "pairs": [{"written": w, "target": t, "words": tokenizer(w.rstrip()), **scores([(w, t)])} for w, t in PAIRS],
    "groups": [{"from": i, "to": j, **scores(PAIRS[i:j])} for i in range(len(PAIRS)) for j in (i + 2, i + 5, len(PAIRS))
               if i + 1 < j <= len(PAIRS)],
}, indent=1, ensure_ascii=True))
