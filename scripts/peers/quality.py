#!/usr/bin/env python3
"""Counts and verdicts of the published rules of Gopher, C4 and FineWeb on some 200 nasty texts, in plain Python,
for GoldenCountsTest; the texts are made here. Needs Python 3.11 or newer alone.

    python3 scripts/peers/quality.py > common/src/test/resources/io/chorale/quality/quality-golden.json

What is counted follows the code that made the data sets: huggingface/datatrove, filters/gopher_repetition_filter.py,
gopher_quality_filter.py, c4_filters.py, fineweb_quality_filter.py; tensorflow/datasets, text/c4_utils.py. Words and
sentences are cut by rules of Chorale's own, written here a second time as regular expressions.
"""
import json
import random
import re
import unicodedata
from collections import Counter

# ---- words and sentences

ALONE = [(0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x3029),
         (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9D),
         (0x20000, 0x3FFFF)]


def kind(c):
    """A letter for each kind of character, so that words are a regular expression over these."""
    if c.isspace():
        return " "
    category = unicodedata.category(c)
    if category[0] == "L":
        return "A" if any(a <= ord(c) <= b for a, b in ALONE) else "L"
    if category[0] == "N":
        return "D"
    if category[0] == "M" or category == "Cf":
        return "M"
    return "q" if c in "'\u2019_" else "p" if c in ".," else "S"


WORD = re.compile(r"AM*|[LD](?:[LDM]|q(?=[LD])|(?<=D)p(?=D))*|[^ ]")


def words_and_symbols(text):
    kinds = "".join(map(kind, text))
    return [text[m.start():m.end()] for m in WORD.finditer(kinds)]


def is_word(token):
    return kind(token[0]) in "ALD"


ABBREVIATIONS = set("""adj adm al approx apr assn assoc aug ave bros capt cf ch co col corp dec dept dr e.g ed eds eq est etc feb
fig figs fri gen gov i.e inc jan jr lt ltd mar mon mr mrs ms mt no nov nr oct p.m a.m p pp ph.d prof pt rep rev sat sec
sen sep sept sgt sr st sun thu tue u.k u.n u.s viz vol vols vs wed""".split())
CLOSING = re.escape("\"')]}\u2019\u201d\u00bb\u300d\u300f\uff09")
OPENING = "\"'([{\u2018\u201c\u00ab"
BOUNDARY = re.compile(r"(?:([.!?]++)[%s]*+(\s++)|([\u3002\uff01\uff1f]++)[%s]*+\s*+)(?=(\S))" % (CLOSING, CLOSING))


def sentences(line):
    line = line.strip()
    count = 1 if line else 0
    for found in BOUNDARY.finditer(line):
        marks, _, wide, following = found.groups()
        if wide:
            count += 1
        elif unicodedata.category(following) != "Ll":
            before = line[:found.start()].split()[-1:] if found.start() and not line[found.start() - 1].isspace() else []
            word = re.split("[%s]" % re.escape(OPENING), before[0])[-1].lower() if before else ""
            known = word in ABBREVIATIONS or len(word) == 1 and word.isalpha()
            count += not (marks == "." and known)
    return count


# ---- Gopher

STOP_WORDS = {"the", "be", "to", "of", "and", "that", "have", "with"}


def duplicates(elements):
    seen, copies, characters = set(), 0, 0
    for element in elements:
        if element in seen:
            copies += 1
            characters += len(element)
        seen.add(element)
    return copies, characters


def top_gram(words, n):
    grams = [" ".join(words[i:i + n]) for i in range(len(words) - n + 1)]
    if not grams:
        return 0
    gram, count = Counter(grams).most_common(1)[0]
    return len(gram) * count


def duplicate_grams(words, n):
    seen, characters, at = set(), 0, 0
    while at + n <= len(words):
        gram = tuple(words[at:at + n])
        if gram in seen:
            characters += sum(map(len, gram))
            at += n
        else:
            seen.add(gram)
            at += 1
    return characters


def gopher(text, c):
    words = words_and_symbols(text)
    real = [w for w in words if is_word(w)]
    lines = text.splitlines()
    paragraphs = re.split("\n{2,}", text.strip())
    fed = re.split("\n+", text)
    c["characters"] = len(text)
    c["words"] = len(real)
    c["words_and_symbols"] = len(words)
    c["word_characters"] = sum(map(len, real))
    c["letter_words"] = sum(any(ch.isalpha() for ch in w) for w in real)
    c["stop_words"] = sum(w in STOP_WORDS for w in words)
    c["hashes"] = text.count("#")
    c["ellipses"] = text.count("...") + text.count("\u2026")
    c["lines"] = len(lines)
    c["bullet_lines"] = sum(s.lstrip().startswith(("\u2022", "-")) for s in lines)
    c["ellipsis_lines"] = sum(s.rstrip().endswith(("...", "\u2026")) for s in lines)
    c["paragraphs"] = len(paragraphs)
    c["duplicate_paragraphs"], c["duplicate_paragraph_characters"] = duplicates(paragraphs)
    c["fed_lines"] = len(fed)
    c["duplicate_lines"], c["duplicate_line_characters"] = duplicates(fed)
    for n in (2, 3, 4):
        c["top_%d_gram_characters" % n] = top_gram(words, n)
    for n in range(5, 11):
        c["duplicate_%d_gram_characters" % n] = duplicate_grams(words, n)


# ---- C4, and what FineWeb took from it

CITATION = re.compile(r"\[\d*\]|\[edit\]|\[citation needed\]")
POLICIES = ["terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies"]


def filtered(text, end_marks, least_words, citations_are_words):
    kept, count, lorem, braces = [], 0, 0, 0
    for line in text.splitlines():
        line = line.strip()
        words = line.split()
        if any(len(word) > 1000 for word in words):
            continue
        line = CITATION.sub("", line)
        if end_marks and (not line.endswith(end_marks) or line.endswith("...")):
            continue
        if len(words if citations_are_words else line.split()) < least_words:
            continue
        lower = line.lower()
        lorem += "lorem ipsum" in lower
        if "javascript" in lower:
            continue
        braces += "{" in line
        if any(policy in lower for policy in POLICIES):
            continue
        count += sentences(line)
        kept.append(line)
    return "\n".join(kept).strip(), count, lorem, braces


def c4(text, c):
    kept, c["c4_sentences"], c["c4_lorem_ipsum_lines"], c["c4_brace_lines"] = filtered(text, (".", "?", "!", '"'), 5, False)
    return kept


def fineweb(text, c):
    kept, c["fineweb_sentences"], c["fineweb_lorem_ipsum_lines"], c["fineweb_brace_lines"] = filtered(text, (), 3, True)
    lines = kept.split("\n")
    c["fineweb_lines"] = len(lines)
    c["fineweb_end_mark_lines"] = sum(line.endswith((".", "'", '"', "!", "?")) for line in lines)
    c["fineweb_short_lines"] = sum(len(line) <= 30 for line in lines)
    c["fineweb_duplicate_line_characters"] = duplicates([line for line in lines if line.strip() != ""])[1]
    c["fineweb_characters"] = len(kept.replace("\n", ""))
    c["fineweb_line_feeds"] = kept.count("\n")
    c["fineweb_words_and_symbols"] = len(words_and_symbols(kept))
    return kept


# ---- verdicts: the measure of the first rule that rejects

def share(a, b):
    return a / b if a else 0


def judge_gopher(c):
    chars, all_words, lines = c["characters"], c["words_and_symbols"], c["lines"]
    checks = [
        ("duplicate-paragraph-share", share(c["duplicate_paragraphs"], c["paragraphs"]) > 0.3),
        ("duplicate-paragraph-character-share", share(c["duplicate_paragraph_characters"], chars) > 0.2),
        ("duplicate-line-share", share(c["duplicate_lines"], c["fed_lines"]) > 0.3),
        ("duplicate-line-character-share", share(c["duplicate_line_characters"], chars) > 0.2)]
    checks += [("top-%d-gram-character-share" % n, share(c["top_%d_gram_characters" % n], chars) > limit)
               for n, limit in ((2, 0.2), (3, 0.18), (4, 0.16))]
    checks += [("duplicate-%d-gram-character-share" % n, share(c["duplicate_%d_gram_characters" % n], chars) > limit)
               for n, limit in ((5, 0.15), (6, 0.14), (7, 0.13), (8, 0.12), (9, 0.11), (10, 0.10))]
    mean = share(c["word_characters"], c["words"])
    checks += [
        ("words", c["words"] < 50), ("words", c["words"] > 100000),
        ("mean-word-length", mean < 3), ("mean-word-length", mean > 10),
        ("hashes-per-word", share(c["hashes"], all_words) > 0.1),
        ("ellipses-per-word", share(c["ellipses"], all_words) > 0.1),
        ("bullet-line-share", share(c["bullet_lines"], lines) > 0.9),
        ("ellipsis-line-share", share(c["ellipsis_lines"], lines) > 0.3),
        ("letter-word-share", share(c["letter_words"], all_words) < 0.8),
        ("stop-words", c["stop_words"] < 2)]
    return first(checks)


def judge_c4(c):
    return first([("c4-lorem-ipsum-lines", c["c4_lorem_ipsum_lines"] > 0), ("c4-brace-lines", c["c4_brace_lines"] > 0),
                  ("c4-sentences", c["c4_sentences"] < 3)])


def judge_fineweb(c):
    lines = c["fineweb_lines"]
    return judge_gopher(c) or first([
        ("fineweb-lorem-ipsum-lines", c["fineweb_lorem_ipsum_lines"] > 0),
        ("fineweb-brace-lines", c["fineweb_brace_lines"] > 0),
        ("fineweb-sentences", c["fineweb_sentences"] < 5),
        ("fineweb-end-mark-line-share", share(c["fineweb_end_mark_lines"], lines) <= 0.12),
        ("fineweb-short-line-share", share(c["fineweb_short_lines"], lines) >= 0.67),
        ("fineweb-duplicate-line-character-share",
         share(c["fineweb_duplicate_line_characters"], c["fineweb_characters"]) >= 0.01),
        ("fineweb-line-feeds-per-word", share(c["fineweb_line_feeds"], c["fineweb_words_and_symbols"]) > 0.3)])


def first(checks):
    return next((name for name, holds in checks if holds), "")


# ---- texts

NOUNS = """river house winter engine letter garden captain bridge market forest window mountain village story teacher
harbour kitchen signal island morning question answer paper colour machine number summer music doctor travel""".split()
VERBS = "carries follows answers repairs watches paints opens remembers crosses describes leaves changes gathers".split()
SMALL = "the of and to with that a in on near under behind over after".split()
draw = random.Random(20)


def sentence(least=6, most=14):
    words = ["The", draw.choice(NOUNS), draw.choice(VERBS)]
    for _ in range(draw.randint(least, most) - 3):
        words.append(draw.choice(SMALL if draw.random() < 0.4 else NOUNS + VERBS))
    return " ".join(words) + draw.choice(".....!?\"") .replace('"', '."')


def prose(count, end="\n", per_line=2):
    return end.join(" ".join(sentence() for _ in range(per_line)) for _ in range(count))


def exact_words(count, word="word"):
    return " ".join("%s%s" % (word, chr(97 + i % 26) + chr(97 + i // 26 % 26)) for i in range(count))


HAN = "山高月小水落石出清風徐來波不興舉酒屬客誦明月之詩歌窈窕之章少焉月出於東山之上"
FRAGMENTS = [
    "[1] The town [edit] has 3,000.5 people [citation needed].", "See [[12]] and [x] and [] here [١٢] too.", "[12", "[edit",
    "• first point of the list", "- second point of the list", "* third point of the list", "  •indented with blanks\t",
    "to be continued...", "to be continued …  ", "....", "......", "and then… and then...", "# heading", "## #tag #tag",
    "Please enable JavaScript to view this page.", "By using it you accept our Terms of Use and our Privacy Policy.",
    "This site uses cookies in every room.", "Lorem Ipsum dolor sit amet, consetetur sadipscing elitr.", "LOREM IPSUM",
    "if (x > 0) { return y; }", "{", "}", "  for (int i = 0; i < 10; i++) a_b[i] = snake_case__name + __init__;", "'quoted'",
    "Mr. Smith went to the U.S. yesterday. He met Dr. No. etc. And J. R. was there too.", "It costs 3.14 dollars. 7 of them.",
    "\"Is it?\" she asked. (It was.) 'Yes.' [No.] He left.", "What?! No... Yes. yes. \u201cYes.\u201d Never!",
    "don't can't o\u2019clock rock'n'roll 'tis dogs' \u2019em it's", "1,000 2.5 3..4 5.,6 .7 8. ,9 10'000 1_000 a.b b,c",
    HAN, HAN[:7] + "。" + HAN[7:20] + "！「" + HAN[3:9] + "？」" + HAN[20:] + "。", "日本語のテキストです。カタカナも、ひらがなも。ｶﾀｶﾅ",
    "한국어 문장은 띄어쓰기가 있다. 그렇다.", "ภาษาไทยไม่มีช่องว่างระหว่างคำ ๑๒๓", "မြန်မာဘာသာ", "ភាសាខ្មែរ", "ພາສາລາວ",
    "هٰذَا نَصٌّ عَرَبِيٌّ مَعَ حَرَكَاتٍ. نعم؟", "זה טקסט בעברית. כן!", "می\u200cخواهم بروم", "हिन्दी में एक वाक्य है। और एक।", "Ελληνικά ΟΔΟΣ. Ναι.",
    "e\u0301a\u0308 combining \u0301alone x\u20dd", "👩\u200d👩\u200d👧 family 👍🏽 flags 🇩🇪 keycap 1\ufe0f\u20e3", "\ufeffmark soft\u00adhyphen zero\u200bwidth",
    "no\u00a0break thin\u2009blank wide\u3000blank", "𝒜𝒷𝒸 𐍈 𠀀𠀁 🄰", "½ Ⅷ ² ③ ٣", "tab\tand\x0bvertical\x0cform", "bell\x07 escape\x1b[0m \x7f",
    "K\u212aelvin use coo\u212aies here", "İstanbul uses Cookies today", "ﬁ ligature ß", "\x1c\x1d\x1e\x1f\x85 odd blanks", "—dash–dash-hyphen",
    "<div class=\"x\">text</div> &amp; &nbsp;", "http://example.org/a_b?c=d&e=f#g user@example.org", "a" * 90, "$5 5% £6 €7 +8 =9",
    "The end.\"", "The end?'", "The end!", "The end.)", "Short", "x y z", "one two three", "one two three four five.", "   ", ""]
LINE_ENDS = ["\n", "\n", "\n", "\r\n", "\r", "\n\n", "\n\n\n", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\n \n", "\n\r\n"]


def texts():
    yield from ["", " ", "\n", "\n\n\n", "a", ".", "...", "\u0301", "\ufeff", "word", "\r\n", "\n\na", "a\n\n", " \n a \n ", "a\r\rb\n\rc", "'", "a'", "'a", "_",
                "1.", "1.2.", "。", "a。b", ". a", "a. B", "a.B", "A. B", "A.) B", "Mr. X", "(mr. X", "mr.. X", "et al. The", "abcdefghij.k etc. X", "?! A"]
    yield from FRAGMENTS
    # Just beyond a threshold, and just not.
    for count in (49, 50):
        yield "the end and " + exact_words(count - 3)
    yield exact_words(70) + " the"
    yield exact_words(70) + " the of"
    yield " ".join(exact_words(1, "")[:2] for _ in range(60)) + " the and"
    yield "the and " + exact_words(60, "extraordinarily")
    for hashes in (7, 8):
        yield "the of and " + exact_words(60) + " #" * hashes
    for dots in (7, 8):
        yield "the of and " + exact_words(60) + " \u2026" * dots
    for bullets in (9, 10):
        yield "\n".join(("- " if i < bullets else "") + exact_words(8, "the of " + chr(97 + i)) for i in range(10))
    for ends in (3, 4):
        yield "\n".join(exact_words(8, "the of " + chr(97 + i)) + ("..." if i < ends else ".") for i in range(10))
    for numbers in (12, 13, 14):
        yield "the of and " + exact_words(50) + " 17" * numbers
    for copies in (3, 4):
        lines = [exact_words(8, "the of " + chr(97 + i)) for i in range(10 - copies)]
        yield "\n".join(lines + lines[:1] * copies)
        yield "\n\n".join(lines + lines[:1] * copies)
        yield "\n".join(exact_words(12, "the to " + chr(97 + i)) for i in range(10)) + "\nthe a" * copies
    # Repetition of n-grams.
    yield "a " * 300
    yield "a b " * 150
    yield "a b c d e f g h i j k " * 12
    for n in range(2, 12):
        gram = exact_words(n, "q")
        yield " ".join(gram + " " + exact_words(10, "the of " + chr(97 + i)) for i in range(6))
    yield "ab c ab c a bc a bc abc " * 3
    # Lines of C4.
    yield "x" * 1000 + " and a few more words."
    yield "x" * 1001 + " and a few more words."
    yield "\U0001f600" * 1000 + " and a few more words."
    yield "\n".join([sentence() for _ in range(2)])
    yield "\n".join([sentence() for _ in range(3)])
    for lines in (4, 5, 8):
        yield "\n".join(sentence(7, 12) for _ in range(lines))
    for short in (6, 7):
        yield prose(10 - short, per_line=5) + "\n" + "\n".join("The %s opens late." % draw.choice(NOUNS) for _ in range(short))
    yield prose(9, per_line=3) + "\nThe harbour opens late today."
    yield prose(12, per_line=3) + "\nSee here now.\n" + prose(2) + "\nSee here now."
    yield "\n".join(sentence().rstrip(".!?\"") for _ in range(9)) + "\n" + sentence()
    yield "\n".join(sentence().rstrip(".!?\"") for _ in range(7)) + "\n" + sentence() + " " + prose(1, per_line=4)
    yield "\n".join("the of %s %s" % (draw.choice(NOUNS), draw.choice(NOUNS)) for _ in range(40)) + "\n" + prose(10)
    # Pages that pass, and pages with something nasty in them.
    for i in range(12):
        yield prose(draw.randint(3, 7), draw.choice(["\n", "\n\n", "\r\n"]), draw.randint(2, 3))
    for i in range(50):
        pieces = [draw.choice(FRAGMENTS) if draw.random() < 0.6 else sentence() for _ in range(draw.randint(2, 9))]
        pieces += draw.sample(pieces, draw.randint(0, 2))
        yield "".join(piece + draw.choice(LINE_ENDS) for piece in pieces)
    for i in range(20):
        page = prose(5, per_line=3).split("\n")
        page.insert(draw.randint(0, 5), draw.choice(FRAGMENTS))
        yield "\n".join(page)


def changed(text, kept):
    return None if kept == text else kept


def entry(text):
    counts = {}
    gopher(text, counts)
    c4_text, fineweb_text = c4(text, counts), fineweb(text, counts)
    return {"text": text, "counts": list(counts.values()), "c4": changed(text, c4_text), "fineweb": changed(text, fineweb_text),
            "verdicts": [judge_gopher(counts), judge_c4(counts), judge_fineweb(counts)]}, list(counts)


entries = [entry(text) for text in texts()]
print('{"columns": %s,\n "entries": [' % json.dumps(entries[0][1]))
print(",\n".join(json.dumps(made, ensure_ascii=True) for made, _ in entries))
print("]}")
