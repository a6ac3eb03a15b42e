#!/usr/bin/env python3
"""Writes the Unicode tables of our patterns from RE2's own: general categories, scripts, case folding.

usage: unicode_tables.py [--check] FOLDER

With --check nothing is written: what the folder holds has to be what would be."""

import pathlib
import sys

import re2

CATEGORIES = ("Cc Cf Co Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So Zl Zp Zs").split()
SCRIPTS = (
    "Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki "
    "Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee "
    "Chorasmian Common Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra "
    "Duployan Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati "
    "Gunjala_Gondi Gurmukhi Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited "
    "Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi "
    "Khitan_Small_Script Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian "
    "Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui "
    "Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari "
    "Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian Old_Italic "
    "Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage "
    "Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan "
    "Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Syloti_Nagri "
    "Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan "
    "Tifinagh Tirhuta Toto Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square").split()
SCALARS = "".join(chr(c) for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF)


def runs(name):
    for match in re2.finditer(r"(?s)\p{%s}+" % name, SCALARS):
        yield ord(match.group()[0]), ord(match.group()[-1])


def partition(names):
    """Every code point's name as runs: the number of the name in base 36, then how many follow."""
    owned = sorted((first, last, number) for number, name in enumerate(names) for first, last in runs(name))
    text, place = [], 0
    for first, last, number in owned:
        if first > place:
            text.append(f"-{first - place}")
        text.append(f"{letters(number)}{last - first + 1 if last > first else ''}")
        place = last + 1
    return text


def letters(number):
    return chr(65 + number // 26) + chr(97 + number % 26)


def foldings():
    """Runs of code points with the distance to another of the same letter: first, count, stride, distance."""
    cased = "".join(c for c in SCALARS if c.lower() != c or c.upper() != c or c.casefold() != c or c.title() != c)
    pairs = {}
    for character in cased:
        for other in re2.findall("(?i)" + re2.escape(character), cased):
            if other != character:
                pairs.setdefault(ord(other) - ord(character), []).append(ord(character))
    found = []
    for distance, places in pairs.items():
        while places:
            best = [places[0]]
            for stride in (1, 2):
                run = [places[0]]
                while run[-1] + stride in places:
                    run.append(run[-1] + stride)
                if len(run) > len(best):
                    best, step = run, stride
            found.append((best[0], len(best), step if len(best) > 1 else 1, distance))
            places = [place for place in places if place not in set(best)]
    return sorted(found)


def wrapped(words, separator=""):
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) + len(separator) > 88:
            lines.append(line)
            line = ""
        line += word + separator
    return lines + [line]


def swift(comment, name, lines):
    body = "\n".join(f"        {line}\\" for line in lines)[:-1]
    return f"    /// {comment}\n    static let {name} = \"\"\"\n{body}\n        \"\"\"\n"


def write(path, title, *parts):
    text = (f"/// {title}\n///\n/// Written by Tests/Interop/differential/unicode_tables.py.\n"
            "extension UnicodeTables {\n" + "\n".join(parts) + "}\n")
    if sys.argv[1] != "--check":
        path.write_text(text)
    elif path.read_text() != text:
        sys.exit(f"{path} is not what RE2's tables say")


def main():
    folder = pathlib.Path(sys.argv[-1])
    write(folder / "UnicodeTables+Categories.swift", "The general category of every code point, as of Unicode 15.",
          swift("The names, in the order of their letters.", "categoryNames", wrapped(CATEGORIES, " ")),
          swift("Runs of code points from 0: the letters of a category, or - for none, and how many.",
                "categories", wrapped(partition(CATEGORIES))))
    write(folder / "UnicodeTables+Scripts.swift", "The script of every code point, as of Unicode 15.",
          swift("The names, in the order of their letters.", "scriptNames", wrapped(SCRIPTS, " ")),
          swift("Runs of code points from 0: the letters of a script, or - for none, and how many.",
                "scripts", wrapped(partition(SCRIPTS))))
    write(folder / "UnicodeTables+Folding.swift", "Which code points are one letter in another case, as of Unicode 15.",
          swift("Runs as first, count, stride and distance to the other, in hexadecimal.", "folding",
                wrapped((f"{first:X},{count:X},{stride},{distance:X};" for first, count, stride, distance in foldings()))))


main()
