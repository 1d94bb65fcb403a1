#!/usr/bin/env python3
"""laion_vs_pyarrow.py [--rows N] [--repeats R] [--threads T] [--folder DIR]: `cxr prep laion` beside pyarrow.

pyarrow reads the column TEXT of the same files to nothing (ParquetFile.iter_batches, T threads); cxr reads it, samples and writes a
text set: once a single prompt, which is the reading and sampling alone, once a million. Runs are interleaved, start-up of either
program is not counted (cxr's is measured with --version and subtracted), and the ratios are medians of pairs: pyarrow's time over
cxr's, so that 1 is a tie and more is faster than pyarrow. `cpu_ratio` is that of processor time, which other work on the machine
changes little: T threads share it. Prints one JSON object.
"""
import argparse
import json
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import make_prompts

CXR = Path(__file__).resolve().parent.parent / "build" / "cxr"


def cpu_seconds():
    """Of this process and of the children that ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def timed(action):
    """Wall and processor time of `action`, seconds."""
    cpu, start = cpu_seconds(), time.perf_counter()
    action()
    return np.array([time.perf_counter() - start, cpu_seconds() - cpu])


def read_with_pyarrow(paths):
    for path in paths:
        with pq.ParquetFile(path) as file:
            for _ in file.iter_batches(columns=["TEXT"]):
                pass


def prepare(paths, n, threads, extra=()):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([CXR, "prep", "laion", "--parquet", *paths, "--n", str(n), "--threads", str(threads), *extra,
                        "--out", Path(folder) / "set.h5"], check=True, stderr=subprocess.DEVNULL)


def measure(paths, rows, repeats, threads):
    pa.set_cpu_count(threads)
    cases = {"1 prompt": (1, ()), "1,000,000 prompts": (1_000_000, ()),
             "1,000,000 distinct prompts": (1_000_000, ("--drop-duplicates",))}
    peer, ours = [], {name: [] for name in cases}
    read_with_pyarrow(paths)  # the page cache
    for _ in range(repeats):
        peer.append(timed(lambda: read_with_pyarrow(paths)))
        start_up = timed(lambda: subprocess.run([CXR, "--version"], check=True, stdout=subprocess.DEVNULL))
        for name, (n, extra) in cases.items():
            ours[name].append(timed(lambda: prepare(paths, n, threads, extra)) - start_up)
    wall, cpu = np.median(peer, axis=0)
    result = {"rows": rows, "threads": threads, "pyarrow": {"seconds": round(wall, 3), "cpu_seconds": round(cpu, 3)}}
    for name, seconds in ours.items():
        wall, cpu = np.median(seconds, axis=0)
        ratio, cpu_ratio = np.median([p / s for p, s in zip(peer, seconds)], axis=0)
        result[name] = {"seconds": round(wall, 3), "cpu_seconds": round(cpu, 3), "rows_per_second": round(rows / wall),
                        "ratio": round(ratio, 2), "cpu_ratio": round(cpu_ratio, 2)}
    result["peak_memory_mib"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", help="where the files are kept; by default they are made anew and removed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(arguments.folder or scratch)
        paths = sorted(folder.glob("*.parquet")) or make_prompts.make(folder, rows=arguments.rows)
        rows = sum(pq.read_metadata(path).num_rows for path in paths)
        print(json.dumps(measure(paths, rows, arguments.repeats, arguments.threads), indent=1))


main()
