#!/usr/bin/env python3
"""Texts in known languages for scripts/compare-languages: files LANGUAGE.NAME.txt, a text a line.

    texts.py DECLARATIONS DATA OUTPUT
"""
import html
import json
import os
import re
import sys

declarations, data, output = sys.argv[1:]
# ISO 639-1 by the file of the declaration.
CODES = """af:afr ar:arb bg:bul bn:ben ca:cat cs:ces da:dan de:deu_1996 el:ell_monotonic en:eng es:spa et:est fa:pes_1
fi:fin fr:fra gu:guj he:heb hi:hin hr:hrv hu:hun id:ind it:ita ja:jpn ko:kor lt:lit lv:lav mk:mkd mr:mar nl:nld no:nob
pa:pan pl:pol pt:por_PT ro:ron_2006 ru:rus sk:slk sl:slv so:som sq:als sv:swe sw:swh ta:tam te:tel th:tha tl:tgl tr:tur
uk:ukr ur:urd vi:vie zh:cmn_hans"""
MOST = 1500


def lines(path):
    with open(os.path.join(data, path), encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip()][:MOST]


def write(name, texts):
    with open(os.path.join(output, name + ".txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(texts))


os.makedirs(output)
for pair in CODES.split():
    code, name = pair.split(":")
    with open(os.path.join(declarations, name + ".html"), encoding="utf-8") as file:
        paragraphs = re.findall("<p>(.*?)</p>", file.read(), re.S)
    write(code + ".declaration", [html.unescape(re.sub("<[^>]*>", "", p)).strip() for p in paragraphs])
write("en.captions", lines("multi30k-en-de/train.en"))
write("de.captions", lines("multi30k-en-de/train.de"))
write("en.treebank", [" ".join(json.loads(line)["tokens"]) for line in lines("ud-english-lines/train.jsonl")])
write("en.wikipedia", lines("wikitext-2/train.txt"))
