#!/usr/bin/env python3
"""make_prompts.py DIR [--files F] [--rows N] [--row-group R] [--seed S]: made-up prompts as LAION-400M lays them out.

Writes DIR/part-00000.parquet, ... with LAION's columns (SAMPLE_ID, URL, TEXT, HEIGHT, WIDTH, LICENSE, NSFW, similarity), N rows in
all. Texts are words drawn by a Zipf law, of LAION's lengths (log-normal, median 50 characters, a few thousand at most); 1 % hold
HTML entities or URLs, 2 % are not ASCII, 0.1 % are null, 10 % repeat an earlier one.
"""
import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SYLLABLES = ["ba", "con", "de", "er", "fi", "gra", "ho", "in", "jo", "ka", "li", "men", "no", "or", "pho", "qui", "re", "st", "ti", "ul",
             "ver", "wa", "xy", "yel", "zo"]
RARE = ["café", "naïve", "東京", "Москва", "🙂", "Zürich"]
MARKS = [" &amp; ", " http://example.com/a?b=1 ", " &quot;x&quot; "]


def words(rng, count):
    return np.array(["".join(rng.choice(SYLLABLES, rng.integers(1, 4))) for _ in range(count)] + RARE)


def texts(rng, vocabulary, rows):
    """A list of `rows` captions, None for a null."""
    lengths = np.clip(rng.lognormal(2.0, 0.6, rows).astype(int), 1, 600)  # words
    ranks = np.minimum(rng.zipf(1.3, int(lengths.sum())), len(vocabulary)) - 1
    tokens, ends = vocabulary[ranks], np.cumsum(lengths)
    made = [" ".join(tokens[end - length:end]) for end, length in zip(ends, lengths)]
    kind = rng.random(rows)
    for i in np.flatnonzero(kind < 0.131):
        if kind[i] < 0.001:
            made[i] = None
        elif kind[i] < 0.011:
            made[i] = made[i] + MARKS[i % len(MARKS)] + vocabulary[i % 100]
        elif kind[i] < 0.031:
            made[i] = made[i] + " " + RARE[i % len(RARE)]
        elif i > 0:
            made[i] = made[int(rng.integers(i))]
    return made


def table(rng, vocabulary, first, rows):
    number = np.arange(first, first + rows)
    return pa.table({
        "SAMPLE_ID": pa.array(number.astype(float)),
        "URL": pa.array([f"https://images.example.com/{n % 977}/{n}.jpg" for n in number]),
        "TEXT": pa.array(texts(rng, vocabulary, rows), pa.string()),
        "HEIGHT": pa.array(rng.integers(64, 2048, rows)), "WIDTH": pa.array(rng.integers(64, 2048, rows)),
        "LICENSE": pa.array(["?"] * rows), "NSFW": pa.array(rng.choice(["UNLIKELY", "UNSURE", "NSFW"], rows)),
        "similarity": pa.array(rng.random(rows)),
    })


def make(folder, files=8, rows=1_000_000, row_group=100_000, seed=0):
    """Returns the files' paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    vocabulary = words(rng, 20_000)
    paths, first = [], 0
    for file in range(files):
        path = folder / f"part-{file:05}.parquet"
        left = rows // files + (file < rows % files)
        with pq.ParquetWriter(path, table(rng, vocabulary, 0, 1).schema, compression="snappy") as writer:
            while left > 0:
                count = min(row_group, left)
                writer.write_table(table(rng, vocabulary, first, count))
                first, left = first + count, left - count
        paths.append(path)
    return paths


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--files", type=int, default=8)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--row-group", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    make(arguments.folder, arguments.files, arguments.rows, arguments.row_group, arguments.seed)
