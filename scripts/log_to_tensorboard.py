#!/usr/bin/env python3
"""Feeds TensorBoard from what a training has logged.

log_to_tensorboard.py RUN [TARGET]: writes the events of RUN (loss.csv: every step; log.jsonl: rates and validations; its PNG files) into
TARGET, by default RUN-tensorboard. Needs tensorboard and PyTorch (`pip install torch tensorboard pillow`).
"""

import argparse
import csv
import json
import sys
from datetime import datetime
from pathlib import Path

NOT_PLOTTED = {"time", "event", "step"}


def seconds_of(line: dict) -> float:
    return datetime.fromisoformat(line["time"].replace("Z", "+00:00")).timestamp()


def add_losses(writer, file: Path) -> None:
    with file.open(newline="") as lines:
        for row in csv.DictReader(lines):
            for name in ("loss", "learning_rate", "grad_norm"):
                writer.add_scalar(f"training/{name}", float(row[name]), int(row["step"]))


def add_events(writer, file: Path) -> None:
    """What a launch logged beyond the point that the next one resumed from is shown twice, as it happened."""
    for text in file.read_text().splitlines():
        line = json.loads(text)
        if line["event"] not in ("step", "validation"):
            continue
        for name in line.keys() - NOT_PLOTTED - {"loss", "learning_rate", "grad_norm"}:
            if isinstance(line[name], (int, float)):
                writer.add_scalar(f"{line['event']}/{name}", line[name], line["step"], walltime=seconds_of(line))


def add_pictures(writer, run: Path) -> None:
    import numpy
    from PIL import Image

    for file in sorted(run.glob("**/*.png")):
        pixels = numpy.asarray(Image.open(file).convert("RGB"))
        writer.add_image(str(file.relative_to(run).with_suffix("")), pixels, dataformats="HWC")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("target", type=Path, nargs="?")
    arguments = parser.parse_args()
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        print(f"TensorBoard is not here ({error}): pip install torch tensorboard pillow", file=sys.stderr)
        return 1
    if not (arguments.run / "loss.csv").exists():
        print(f"{arguments.run}: no loss.csv: not a training's folder", file=sys.stderr)
        return 2
    with SummaryWriter(arguments.target or f"{arguments.run}-tensorboard") as writer:
        add_losses(writer, arguments.run / "loss.csv")
        add_events(writer, arguments.run / "log.jsonl")
        add_pictures(writer, arguments.run)
    return 0


if __name__ == "__main__":
    sys.exit(main())
