#!/usr/bin/env python3
"""Counts the strings on which `cxr tokenize` and transformers' tokenizers differ.

    scripts/tokenizer_parity.py FOLDER... [--cxr build/cxr] [--strings 20000] [--code-points] [--text FILE]

Each folder is a tokenizer's. The strings: radiology sentences, captions with HTML entities and URLs, hard cases of every Unicode category,
combining marks, CJK, emoji with joiners, control characters, invalid UTF-8, special tokens amid text, the empty string and far too long
ones; with --code-points also each assigned code point between two letters, before a combining mark and alone (some 450,000 strings).
Needs benchmarks/peers-requirements.txt. Exit status 1 if any differs.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FINDINGS = "No acute cardiopulmonary process.|Small left pleural effusion, unchanged since ___.|Heart size is normal; no pneumothorax."\
    "|ET tube 3.5 cm above the carina.|Bibasilar opacities (R>L) may reflect atelectasis vs. pneumonia|1. Mild oedema.  2. Stable."\
    "|can't exclude early consolidation, they've been told|A 65-year-old's chest X-ray @ 10:15 AM\r|IMPRESSION:\t\tAs above.".split("|")
CAPTIONS = "Photo of a &quot;café&quot; &amp; bar &#8211; http://www.example.com/a?b=1&amp;c=2#d|<b>SALE!!!</b> 50% off $9.99"\
    "|Ünïcödé naïve façade Ærøskøbing Straße ǅ ŉ ﬁﬂ ½ ² Ⅷ|日本語のテキスト 漢字かな交じり文 한국어 텍스트|العربية مع حركات فَتْحَة|עִבְרִית"\
    "|हिन्दी देवनागरी क्षत्रिय|👩‍👩‍👧‍👦 family 🏳️‍🌈 👍🏽 🇩🇪|e\u0301 e\u0302\u0323 a\u030a\u0301 \u1100\u1161\u11a8 \u0344|İstanbul ΣΑΣ ς ſ K Å"\
    "|wait...what?!?! ''quoted'' 'S 'T 'RE it's we'll I'd|snake_case CamelCase #hashtag @user|10^-3 \u00d7 5\u00b0C \u2260 ±2"\
    "|[CLS] [MASK] [SEP] [UNK] [PAD]|<s> <mask> </s> <pad> <unk>|<|startoftext|> <|endoftext|>!! <|ENDOFTEXT|>?! <|StartOfText|>''".split("|")


def assigned():
    return [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000 and unicodedata.category(chr(c)) != "Cn" and chr(c) != "\n"]


def pools(characters):
    """Characters by category, and some that attract trouble."""
    found = {}
    for c in characters:
        if unicodedata.category(c) not in ("Co", "Cs"):
            found.setdefault(unicodedata.category(c), []).append(c)
    found["ascii"] = [chr(c) for c in range(32, 127)]
    found["blank"] = list(" \t\r\v\f\x1c\x1f\x85\xa0\u1680\u2003\u2028\u2029\u202f\u205f\u3000\u200b\ufeff")
    found["joiner"] = list("\u200d\ufe0f\u200c\u20e3\U0001f3fd\U0001f1e9")
    found["mark"] = [c for c in characters if unicodedata.combining(c)]
    found["new"] = [chr(c) for c in (0x1C89, 0xA7CB, 0x10D50, 0x11380, 0x16D40, 0x2EBF0, 0x10EFD, 0x897, 0x378, 0xE0100, 0x10FFFF, 0xF0000)]
    return list(found.values())


def mixture(rng, groups, tokens):
    parts = []
    for _ in range(rng.randint(1, 12)):
        kind = rng.random()
        if kind < 0.2:
            parts.append(rng.choice(tokens))
        elif kind < 0.35:
            parts.append(rng.choice(FINDINGS + CAPTIONS)[: rng.randint(1, 20)])
        else:
            group = rng.choice(groups)
            parts.append("".join(rng.choice(group) for _ in range(rng.randint(1, 5))))
        parts.append(rng.choice(["", "", " ", "  ", "'", "\t"]))
    return "".join(parts)


def damaged(rng, text):
    data = bytearray(text.encode())
    for _ in range(rng.randint(1, 4)):
        at = rng.randint(0, len(data))
        data[at:at + rng.randint(0, 2)] = bytes(rng.choice([0x80, 0xBF, 0xC0, 0xC3, 0xE2, 0xED, 0xA0, 0xF0, 0x9F, 0xF4, 0x90, 0xFF])
                                               for _ in range(rng.randint(0, 3)))
    return bytes(data).replace(b"\n", b"")


def strings(count, seed, tokens):
    rng = random.Random(seed)
    groups = pools(assigned())
    texts = [t.encode() for t in [""] + FINDINGS + CAPTIONS]
    texts += [("chest " * 3000).encode(), ("x" * 70000).encode(), ("é漢👩\u0301" * 6000).encode(), b"y" * 100, b"y" * 101, b"\xff" * 300]
    while len(texts) < count:
        kind = rng.random()
        if kind < 0.25:
            text = " ".join(rng.choice(FINDINGS + CAPTIONS) for _ in range(rng.randint(1, 6)))
        else:
            text = mixture(rng, groups, tokens)
        texts.append(damaged(rng, text) if rng.random() < 0.1 else text.encode())
    return texts


def code_point_strings():
    texts = []
    for c in assigned() + pools([])[-1]:
        texts += [f"a{c}b", f"{c}\u0301", f"x {c}1"]
    return [t.encode() for t in texts]


def ours(cxr, folder, texts):
    with tempfile.TemporaryDirectory(prefix="cxr_parity_") as work:
        path = Path(work) / "texts.txt"
        path.write_bytes(b"\n".join(texts) + b"\n")
        run = subprocess.run([cxr, "tokenize", "--tokenizer", folder, "--text", path], check=True, capture_output=True, text=True)
    lines = run.stdout.split("\n")[:-1]
    return [[int(i) for i in line.split()] for line in lines]


def theirs(tokenizer, texts):
    ids = []
    for begin in range(0, len(texts), 10000):
        ids += tokenizer([t.decode("utf-8", "replace") for t in texts[begin:begin + 10000]])["input_ids"]
    return ids


def compare(cxr, folder, texts):
    from transformers import AutoTokenizer
    tokenizer = AutoTokenizer.from_pretrained(folder)
    a, b = ours(cxr, folder, texts), theirs(tokenizer, texts)
    if len(a) != len(b):
        sys.exit(f"{folder}: {len(a)} lines for {len(b)} texts")
    different = [i for i in range(len(texts)) if a[i] != b[i]]
    print(f"{folder}: {type(tokenizer).__name__}, {len(texts)} strings, {sum(map(len, b))} ids, {len(different)} differences")
    for i in different[:10]:
        print(f"  {texts[i][:80]!r}\n    cxr          {a[i][:24]}\n    transformers {b[i][:24]}")
    return len(different)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--cxr", type=Path, default=ROOT / "build/cxr")
    parser.add_argument("--strings", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--code-points", action="store_true")
    parser.add_argument("--text", type=Path, help="more strings, a line each")
    arguments = parser.parse_args()
    tokens = " ".join(CAPTIONS[-3:]).split()
    texts = strings(arguments.strings, arguments.seed, tokens)
    if arguments.code_points:
        texts += code_point_strings()
    if arguments.text:
        texts += arguments.text.read_bytes().split(b"\n")
    return int(sum(compare(arguments.cxr.resolve(), folder, texts) for folder in arguments.folders) > 0)


if __name__ == "__main__":
    sys.exit(main())
