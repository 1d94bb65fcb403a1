#!/usr/bin/env python3
"""Writes src/text/unicode_tables.cpp: what the tokenizers library knows of characters that Unicode 15 does not have.

    pip install tokenizers==0.23.* unicodedata2==15.0.0
    python scripts/make_unicode_tables.py && scripts/format.sh

Each code point is shown to the library's own normalisers and pre-tokenisers. `\\w` is seen through an added token that must stand alone.
"""
from pathlib import Path

import unicodedata2 as unicode_15
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

TARGET = Path(__file__).parent.parent / "src/text/unicode_tables.cpp"
NEW = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000 and unicode_15.category(chr(c)) == "Cn"]
LOWER = normalizers.Lowercase()


def splitter(pattern):
    split = pre_tokenizers.Split(Regex(pattern), "isolated")
    return lambda c: len(split.pre_tokenize_str(f"\1{c}\1")) == 3


def word_test():
    tokenizer = Tokenizer(models.WordLevel({"?": 0}, unk_token="?"))
    tokenizer.add_tokens([AddedToken("Q", single_word=True, normalized=False)])
    return lambda c: tokenizer.encode("Q" + c).tokens == ["?"]


def ranges(characters):
    found = []
    for c in map(ord, characters):
        if found and found[-1][1] == c - 1:
            found[-1][1] = c
        else:
            found.append([c, c])
    return found


def table(kind, name, pairs):
    items = [f"{{0x{a:04x}, 0x{b:04x}}}," for a, b in pairs]
    lines = ["    " + " ".join(items[i:i + 5]) for i in range(0, len(items), 5)]
    return "\n".join([f"constexpr {kind} {name}[] = {{", *lines, "};"])


def main():
    letters, numbers = ([c for c in NEW if test(c)] for test in (splitter(r"\p{L}"), splitter(r"\p{N}")))
    known = set(letters) | set(numbers)
    is_word = word_test()
    marks = [c for c in NEW if is_word(c) and c not in known]
    cases = [(ord(c), ord(LOWER.normalize_str(c))) for c in NEW if LOWER.normalize_str(c) != c]
    cases = sorted(cases)
    tables = [table("Range", "kLetters", ranges(letters)), table("Range", "kNumbers", ranges(numbers)),
              table("Range", "kWordMarks", ranges(marks)), table("CasePair", "kLowerCase", cases)]
    accessors = [f"std::span<const {kind}> {name}() {{ return {data}; }}" for kind, name, data in [
        ("Range", "letters_since_15", "kLetters"), ("Range", "numbers_since_15", "kNumbers"),
        ("Range", "word_marks_since_15", "kWordMarks"), ("CasePair", "lower_case_since_15", "kLowerCase")]]
    body = "\n\n".join(tables)
    TARGET.write_text("// Written by scripts/make_unicode_tables.py.\n#include \"text/unicode_tables.h\"\n\n"
                      "namespace cxr::unicode {\nnamespace {\n\n" + body + "\n\n} // namespace\n\n" +
                      "\n".join(accessors) + "\n\n} // namespace cxr::unicode\n")


main()
