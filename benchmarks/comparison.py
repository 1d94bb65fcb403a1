"""What side_by_side.py compares: rows of the table, and the processes that are timed for them."""

import os
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

OURS, PEER, OPENVINO = "cxr", "peer", "openvino"


@dataclass
class Row:
    """One line of the table. `runs` are protocol names whose times add up; `target` is the least speed-up to reach. With `against`
    the program's own other work stands in the peer's place."""

    what: str
    peer: str
    runs: tuple[str, ...]
    target: float | None = None
    against: tuple[str, ...] = ()
    seconds: dict[str, list[float]] = field(default_factory=dict)  # engine: one number a round

    def speedups(self) -> list[float]:
        return [theirs / ours for theirs, ours in zip(self.seconds.get(PEER, []), self.seconds.get(OURS, []))]


@dataclass
class Group:
    """Rows that share loaded models, hence processes."""

    kind: str | None
    dtype: str
    rows: list[Row]
    engines: tuple[str, ...] = (PEER, OURS, OPENVINO)
    alone: bool = False  # the machine's memory holds one engine at a time: each round starts them one after the other
    peak_mib: dict[str, int] = field(default_factory=dict)


@dataclass
class Whole:
    """A command of the program from start to end. `calls` says how often each protocol name's work happens in it."""

    what: str
    dtype: str
    command: list[str]
    kinds: tuple[str, ...]  # what the worker loads for the bare work
    calls: dict[str, int]
    rounds: int
    target: float  # whole / bare
    size: int = 512
    phantoms: int = 0  # images that the command reads
    peak_target_mib: int | None = None


def whole_commands(arguments) -> list[Whole]:
    size, images, steps = (64 if arguments.small else 512), arguments.images, arguments.steps
    wholes = []
    for dtype in ("float32", "bfloat16"):
        command = ["reconstruct", "--posterior", "mode", "--dtype", dtype]
        calls = {"encode": images, "decode": images}
        what = f"cxr reconstruct, {images} images of {size} x {size}, {dtype}"
        wholes.append(Whole(what, dtype, command, ("vae",), calls, arguments.rounds, 1.1, size, images))
    for dtype, peak in (("float32", 6860), ("bfloat16", None)):
        # DDIM asks the U-Net once a step; one image is a batch of two, with its negative.
        command = ["generate", "--prompt", "a photo of a lung xray", "--n", "1", "--steps", str(steps), "--scheduler", "ddim"]
        command += ["--dtype", dtype]
        what = f"cxr generate, one image of {size} x {size}, {steps} steps, {dtype}"
        calls = {"unet": steps, "decode": 1}
        wholes.append(Whole(what, dtype, command, ("unet", "vae"), calls, 1, 1.03, size, 0, peak))
    return wholes


def vae_group(dtype: str, target: float) -> Group:
    peer = "diffusers" if dtype == "float32" else "diffusers, channels-last"
    rows = [
        Row(f"VAE encode, 512 x 512, {dtype}", peer, ("encode",)),
        Row(f"VAE decode, 512 x 512, {dtype}", peer, ("decode",)),
        Row(f"VAE encode + decode, 512 x 512, {dtype}", peer, ("encode", "decode"), target),
    ]
    return Group("vae", dtype, rows)


def unet_group(dtype: str, target: float) -> Group:
    peer = "diffusers" if dtype == "float32" else "diffusers, channels-last"
    return Group("unet", dtype, [Row(f"U-Net, batch of 2, 64 x 64 latents, {dtype}", peer, ("unet",), target)])


def sd_cpp_group() -> Group:
    row = Row("guided step, 64 x 64 latents, float32", "stable-diffusion.cpp, f16 weights", ("unet",), 4.0)
    return Group("unet", "float32", [row], (OURS,))


def text_groups() -> list[Group]:
    """The peer takes texts as they come or sorted by length, in padded batches of 32; the program has one way."""
    texts, clip, both = "BERT-base, texts of 8 to 217 tokens", "CLIP ViT-L/14 text, 32 x 77", (PEER, OURS)
    come = Row(f"{texts}, float32", "transformers, as they come", ("texts_as_they_come",), 6.0)
    in_order = Row(f"{texts}, float32", "transformers, sorted", ("texts_sorted",), 1.8)
    bf16 = Row(f"{texts}, bfloat16", "transformers, sorted", ("texts_sorted",), 1.3)
    return [
        Group("bert", "float32", [come, in_order], both),
        Group("bert", "bfloat16", [bf16], both),
        Group("clip_text", "float32", [Row(f"{clip}, float32", "transformers", ("clip_text",), 1.8)], both),
        Group("clip_text", "bfloat16", [Row(f"{clip}, bfloat16", "transformers", ("clip_text",))], both),
    ]


def training_groups() -> list[Group]:
    """Steps as diffusers' scripts take them: from latents and conditions, from images and captions, and of a token's embedding."""
    both = (PEER, OURS)
    groups = []
    for dtype, target in (("float32", 1.5), ("bfloat16", 1.4)):
        step = f"U-Net training step, batch of 1, 512 x 512, {dtype}"
        cached = Row(f"{step}, latents given", "diffusers' script", ("train_unet",), target)
        uncached = Row(f"{step}, from image and caption", "diffusers' script", ("train_unet_uncached",))
        own = Row(f"{step}, latents given", "cxr, from image and caption", ("train_unet",), 1.4, ("train_unet_uncached",))
        groups.append(Group("unet_training", dtype, [cached], both, alone=True))
        groups.append(Group("unet_training", dtype, [uncached], both, alone=True))
        groups.append(Group("unet_training", dtype, [own], (OURS,), alone=True))
    for dtype, target in (("float32", 1.2), ("bfloat16", None)):
        step = Row(f"textual inversion step, batch of 1, 512 x 512, {dtype}", "diffusers' script", ("train_inversion",), target)
        optimizer = Row(f"its optimiser, {dtype}", "diffusers' script", ("inversion_optimizer",), 100.0)
        groups.append(Group("textual_inversion", dtype, [step, optimizer], both, alone=True))
    return groups


def all_groups() -> list[Group]:
    densenet = Row("DenseNet-121, 16 x 224 x 224, float32", "torchxrayvision", ("densenet",), 2.0)
    inception = Row("Inception-V3, 16 x 299 x 299, float32", "pytorch-fid", ("inception",), 2.2)
    frechet = Row("Frechet distance, 2048 features, float64", "pytorch-fid (scipy sqrtm)", ("frechet",), 10.0)
    return [
        vae_group("float32", 1.7),
        vae_group("bfloat16", 1.3),
        unet_group("float32", 1.6),
        unet_group("bfloat16", 1.6),
        Group("densenet", "float32", [densenet]),
        Group("inception", "float32", [inception]),
        *text_groups(),
        Group(None, "float64", [frechet], (PEER, OURS)),
        *training_groups(),
    ]


def with_threads(threads: int) -> dict[str, str]:
    """This process's environment, with every threading library held to that many threads."""
    return {**os.environ, **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))}


class Engine:
    """A worker process, asked line by line."""

    def __init__(self, command: list[str], threads: int):
        self.command = command
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, **pipes, env=with_threads(threads))

    def ask(self, line: str) -> str:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        reply = self.process.stdout.readline().strip()
        if not reply or reply.startswith("error"):
            sys.exit(f"{shlex.join(self.command)}: '{line}' was answered by '{reply or 'nothing'}'")
        return reply

    def run(self, name: str, shape: str) -> float:
        return float(self.ask(f"run {name} 1 {shape}".strip()).split()[0])

    def peak_mib(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_exception) -> None:
        self.process.stdin.close()
        self.process.wait()
