#!/usr/bin/env python3
"""Times the program beside its Python peers and OpenVINO: same weights, same threads, taking turns in one run.

Each engine is a process that answers `run` commands (peer_worker.py describes the protocol; `cxr_bench_worker` speaks it too), so
that each pays only for its own memory and a slow moment of the machine hits all of them. One round asks every engine in turn; the
table has the medians over the rounds and, for the speed-up, the median of the rounds' own ratios with its range. Writes a
Markdown table and the raw seconds as JSON.
"""

import argparse
import json
import multiprocessing
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime, timezone
from importlib.metadata import version
from itertools import product
from pathlib import Path

from comparison import OPENVINO, OURS, PEER, Engine, Group, Whole, all_groups, sd_cpp_group, whole_commands, with_threads
from comparison_report import machine, markdown
from sd_cpp import guided_step_seconds
import training_ranks

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("torch", "diffusers", "transformers", "torchxrayvision", "pytorch-fid", "openvino", "scipy", "numpy")
SMALL_VAE = {"block_out_channels": [32, 64, 64, 64], "layers_per_block": 1, "norm_num_groups": 8, "sample_size": 64}
SMALL_UNET = {"block_out_channels": [32, 64, 64, 64], "attention_head_dim": 4, "cross_attention_dim": 64, "norm_num_groups": 8}


def engine_command(engine: str, arguments: argparse.Namespace) -> list[str]:
    """The worker takes its thread count from the environment."""
    device = [] if arguments.device == "cpu" else ["--device", arguments.device]
    if engine == OURS:
        return [str(arguments.worker), *device]
    library = "torch" if engine == PEER else "openvino"
    return [sys.executable, str(ROOT / "benchmarks/peer_worker.py"), library, "--threads", str(arguments.threads), *device]


def measure(group: Group, models: dict[str, Path], arguments: argparse.Namespace) -> None:
    names = [name for name in group.engines if name in arguments.engines]
    runs = dict.fromkeys(run for row in group.rows for run in row.runs + row.against)
    times: dict[str, dict[str, list[float]]] = {name: {run: [] for run in runs} for name in names}
    (measure_alone if group.alone else measure_in_turn)(group, times, models, arguments)
    for row in group.rows:
        row.seconds = {name: [sum(parts) for parts in zip(*(times[name][run] for run in row.runs))] for name in names}
        if row.against:
            row.seconds[PEER] = [sum(parts) for parts in zip(*(times[OURS][run] for run in row.against))]


def measure_in_turn(group: Group, times: dict, models: dict[str, Path], arguments: argparse.Namespace) -> None:
    """Engines take turns within each round; a first, unrecorded round warms them up."""
    warm_up, rounds = (1, arguments.rounds) if group.kind else (0, min(arguments.rounds, arguments.frechet_rounds))
    with ExitStack() as stack:
        engines = {name: stack.enter_context(Engine(engine_command(name, arguments), arguments.threads)) for name in times}
        for engine in engines.values() if group.kind else ():
            engine.ask(f"load {group.kind} {models[group.kind]} {group.dtype}")
        for number in range(warm_up + rounds):
            for run, name in product(next(iter(times.values())), times):
                seconds = engines[name].run(run, arguments.shapes.get(run, ""))
                if number >= warm_up:
                    times[name][run].append(seconds)
        group.peak_mib = {name: engine.peak_mib() for name, engine in engines.items()}


def measure_alone(group: Group, times: dict, models: dict[str, Path], arguments: argparse.Namespace) -> None:
    """Engines come and go within each round; what each runs first warms it up."""
    for _, name in product(range(min(arguments.rounds, arguments.training_rounds)), times):
        with Engine(engine_command(name, arguments), arguments.threads) as engine:
            engine.ask(f"load {group.kind} {models[group.kind]} {group.dtype}")
            for recorded, (run, taken) in product((False, True), times[name].items()):
                seconds = engine.run(run, arguments.shapes.get(run, ""))
                if recorded:
                    taken.append(seconds)
            group.peak_mib[name] = max(group.peak_mib.get(name, 0), engine.peak_mib())


SMALL_TEXT = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2}


def write_models(models: dict[str, Path], small: bool, texts: int) -> None:
    """Formula weights, in the layouts that the program and the peers both read."""
    sys.path.insert(0, str(ROOT / "tests" / "fixtures"))
    import reference_models as reference

    size = SMALL_TEXT if small else {}
    if not models["sd"].exists():
        reference.write_sd_folder(models["sd"], SMALL_VAE if small else reference.SD_V1_VAE)
        reference.write_unet(models["unet"], reference.SD_V1_UNET | (SMALL_UNET | {"sample_size": 8} if small else {}))
        reference.write_conditions(models["sd"], **size)
        half = SMALL_UNET | {"sample_size": 8} if small else training_ranks.HALF_WIDTH
        reference.write_unet(models["half_width"] / "unet", reference.SD_V1_UNET | half)
    if not models["densenet"].exists():
        reference.write_densenet_121(models["densenet"])
    if not models["inception"].exists():
        reference.write_inception_file(models["inception"])
    if not models["bert"].exists():
        reference.write_bert_base(models["bert"], **size)
    reference.write_texts(models["bert"] / "texts.safetensors", texts)
    if not models["clip_text"].exists():
        reference.write_clip_text(models["clip_text"], **size)


def make_models(work: Path, small: bool, texts: int) -> dict[str, Path]:
    """In a process of its own: a child's peak memory counts what its parent held when it was started, so this one stays small."""
    models = {"sd": work / "sd", "vae": work / "sd/vae", "unet": work / "sd/unet"}
    models |= {"densenet": work / "densenet121", "inception": work / "inception.safetensors"}
    models |= {"unet_training": work / "sd", "textual_inversion": work / "sd", "half_width": work / "sd_half_width"}
    models |= {"bert": work / "bert-base", "clip_text": work / "clip-vit-l-14-text"}
    writer = multiprocessing.get_context("spawn").Process(target=write_models, args=(models, small, texts))
    writer.start()
    writer.join()
    if writer.exitcode != 0:
        sys.exit("the models could not be written")
    return models


def command_seconds(command: list[str], threads: int) -> tuple[float, int]:
    """Wall time and peak memory in MiB of a command that must succeed."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=with_threads(threads))
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{shlex.join(command)}: exit status {process.returncode}")
    return seconds, usage.ru_maxrss // 1024


def phantom_set(work: Path, count: int, size: int, arguments: argparse.Namespace) -> Path:
    phantoms = work / f"phantoms_{count}_{size}.h5"
    if not phantoms.exists():
        make = ["prep", "phantom", "--n", str(count), "--seed", "1", "--size", str(size), "--out", str(phantoms)]
        command_seconds([str(arguments.cxr), *make], arguments.threads)
    return phantoms


def ranks_row(models: dict[str, Path], work: Path, arguments: argparse.Namespace) -> dict:
    size = 64 if arguments.small else 512
    model = training_ranks.half_width_model(models["sd"], models["half_width"])
    return training_ranks.measure(arguments.cxr, model, phantom_set(work, 16, size, arguments), work, arguments.threads, size)


def whole_command(whole: Whole, models: dict[str, Path], work: Path, arguments: argparse.Namespace) -> dict:
    """A command against the bare work that it contains, which is timed before and after each."""
    threads = arguments.threads
    if whole.phantoms:
        whole.command += ["--images", str(phantom_set(work, whole.phantoms, whole.size, arguments))]
    command = [str(arguments.cxr), *whole.command, "--model", str(models["sd"]), "--device", arguments.device]
    bare: dict[str, list[float]] = {name: [] for name in whole.calls}
    seconds, peaks = [], []
    with Engine(engine_command(OURS, arguments), threads) as engine, tempfile.TemporaryDirectory(dir=work) as runs:
        for kind in whole.kinds:
            engine.ask(f"load {kind} {models[kind]} {whole.dtype}")
        for number in range(whole.rounds + 1):
            for _ in range(2 if number == 0 else 1):  # the first warms up
                for name, times in bare.items():
                    times.append(engine.run(name, arguments.shapes.get(name, "")))
            if number < whole.rounds:
                took, peak = command_seconds([*command, "--out", f"{runs}/{number}"], threads)
                seconds.append(took)
                peaks.append(peak)
    bare_s = sum(count * statistics.median(bare[name][1:]) for name, count in whole.calls.items())
    whole_s = statistics.median(seconds)
    times = {"bare_s": bare_s, "whole_s": whole_s, "ratio": whole_s / bare_s, "rounds_s": seconds}
    return asdict(whole) | times | {"peak_mib": max(peaks)}


def measure_sd_cpp(models: dict[str, Path], arguments: argparse.Namespace) -> Group:
    """After the program's own steps, since the other command loads its model each time."""
    group = sd_cpp_group()
    measure(group, models, arguments)
    pixels = 64 if arguments.small else 512
    step = guided_step_seconds(arguments.sd_cpp, models["sd"], arguments.threads, pixels)
    group.rows[0].seconds[PEER] = [step] * len(group.rows[0].seconds[OURS])
    return group


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worker", type=Path, default=ROOT / "build/bin/cxr_bench_worker")
    parser.add_argument("--cxr", type=Path, default=ROOT / "build/cxr")
    parser.add_argument("--engines", nargs="+", choices=(PEER, OURS, OPENVINO), default=[PEER, OURS, OPENVINO])
    parser.add_argument("--only", nargs="+", metavar="TEXT", help="rows to time, among them 'cxr reconstruct', 'cxr generate' and 'training on ranks'")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--frechet-rounds", type=int, default=2, help="scipy's sqrtm takes most of a minute (default: 2)")
    parser.add_argument("--training-rounds", type=int, default=2, help="of training steps, each by fresh processes (default: 2)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--images", type=int, default=8, help="images for cxr reconstruct (default: 8)")
    parser.add_argument("--steps", type=int, default=50, help="steps of cxr generate's one image (default: 50)")
    parser.add_argument("--sd-cpp", type=Path, metavar="PROGRAM", help="stable-diffusion.cpp's command, for the row of its guided step")
    parser.add_argument("--texts", type=int, default=256, help="texts for BERT; the lengths' distribution stays (default: 256)")
    parser.add_argument("--small", action="store_true", help="small models and inputs: checks that every part works")
    parser.add_argument("--work", type=Path, help="keep models and runs here (default: a temporary folder)")
    parser.add_argument("--out", type=Path, default=Path("side_by_side"), help="writes OUT.md and OUT.json (default: side_by_side)")
    arguments = parser.parse_args()
    if arguments.device == "cuda":
        arguments.engines = [name for name in arguments.engines if name != OPENVINO]
    small = {"encode": "1 64", "decode": "1 64", "unet": "2 64", "densenet": "2 224", "inception": "1 299", "frechet": "400 128"}
    small |= {"clip_text": "2 77"}
    small |= dict.fromkeys(("train_unet", "train_unet_uncached", "train_inversion", "inversion_optimizer"), "1 64")
    arguments.shapes = small if arguments.small else {}
    return arguments


def run(arguments: argparse.Namespace, work: Path) -> None:
    def chosen(what: str) -> bool:
        return not arguments.only or any(text.lower() in what.lower() for text in arguments.only)

    models = make_models(work, arguments.small, arguments.texts)
    groups = all_groups()
    for group in groups:
        group.rows = [row for row in group.rows if chosen(row.what)]
    groups = [group for group in groups if group.rows]
    for group in groups:
        print(f"timing {', '.join(row.what for row in group.rows)}", file=sys.stderr)
        measure(group, models, arguments)
    if OURS in arguments.engines and chosen("stable-diffusion.cpp"):
        if arguments.sd_cpp:
            groups.append(measure_sd_cpp(models, arguments))
        else:
            print("no row for stable-diffusion.cpp, since --sd-cpp names no program", file=sys.stderr)
    wholes = [whole for whole in whole_commands(arguments) if OURS in arguments.engines and chosen(whole.what)]
    has_ranks = OURS in arguments.engines and arguments.device == "cpu" and arguments.threads > 1 and chosen("training on ranks")
    report = {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": machine(),
        "threads": arguments.threads,
        "device": arguments.device,
        "small": arguments.small,
        "command": shlex.join(["python", *sys.argv]),
        "versions": {name: version(name) for name in PACKAGES},
        "whole_command": [whole_command(whole, models, work, arguments) for whole in wholes],
        "training_ranks": [ranks_row(models, work, arguments)] if has_ranks else [],
        "groups": [asdict(group) for group in groups],
    }
    table = markdown(report, groups)
    arguments.out.with_suffix(".md").write_text(table)
    arguments.out.with_suffix(".json").write_text(json.dumps(report, indent=2) + "\n")
    print(table)


def main() -> None:
    arguments = parse_arguments()
    if arguments.work:
        arguments.work.mkdir(parents=True, exist_ok=True)
        run(arguments, arguments.work)
        return
    with tempfile.TemporaryDirectory(prefix="cxr_bench_") as work:
        run(arguments, Path(work))


if __name__ == "__main__":
    main()
