"""Data-parallel training on one machine: `cxr train unet` at half of Stable Diffusion's width, one rank of all threads against as many ranks
of one, the same batch."""

import json
import os
import shutil
import statistics
import subprocess
from pathlib import Path

from comparison import with_threads

HALF_WIDTH = {"block_out_channels": [160, 320, 640, 640]}
STEPS = 5  # the first packs nothing but lays out buckets: not counted


def half_width_model(sd: Path, folder: Path) -> Path:
    """All of `sd` but the U-Net, which must be there already: folder/unet."""
    for part in ("model_index.json", "vae", "text_encoder", "tokenizer", "scheduler"):
        if not (folder / part).exists():
            (folder / part).symlink_to((sd / part).resolve())
    return folder


def step_seconds(log: Path, batch: int) -> tuple[float, dict]:
    """Of a step after the first (of all, where they end within the log's second), and the log's last line of a step. Its samples a second
    count from the launch's begin."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    steps = [line for line in lines if line["event"] == "step"]
    ends = [line["step"] * batch / line["samples_per_second"] for line in steps]
    between = [b - a for a, b in zip(ends, ends[1:])] or [ends[-1] / steps[-1]["step"]]
    return statistics.median(between), steps[-1]


def measure(cxr: Path, model: Path, images: Path, work: Path, threads: int, size: int) -> dict:
    as_root = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"} if os.geteuid() == 0 else {}
    found = {}
    for ranks in (1, threads):
        run = work / f"ranks-{ranks}"
        shutil.rmtree(run, ignore_errors=True)
        command = ["mpirun", "--bind-to", "none", "-np", str(ranks), cxr, "train", "unet", "--model", model, "--images", images]
        command += ["--concept", "No Finding=1: a photo of a lung xray", "--per-concept", "2", "--batch-size", str(threads)]
        command += ["--steps", str(STEPS), "--threads", str(threads // ranks), "--quiet", "--cache", work / "cache", "--out", run]
        subprocess.run(command, check=True, env={**with_threads(threads // ranks), **as_root})
        found[ranks], last = step_seconds(run / "log.jsonl", threads)
    return {
        "what": f"cxr train unet, half width, {size} x {size}, batch of {threads}",
        "one_rank_s": found[1],
        "ranks": threads,
        "ranks_s": found[threads],
        "ratio": found[1] / found[threads],
        "target": 0.95,
        "reduced_mib": last["reduced_bytes"] / 2**20,
        "exposed_s": last["reduction_seconds_exposed"],
    }
