"""The guided step of stable-diffusion.cpp, whose command (`sd-cli`, or `sd` before 2026) prints how long each step takes."""

import re
import subprocess
import tempfile
from pathlib import Path

STEPS = 3


def with_older_names(model: Path, folder: Path) -> Path:
    """The Stable Diffusion folder `model` as this program reads it: its text encoder's keys begin in "text_model."."""
    from safetensors.torch import load_file, save_file

    (folder / "text_encoder").mkdir(parents=True)
    for part in ("unet", "vae"):
        (folder / part).symlink_to((model / part).resolve())
    state = load_file(model / "text_encoder" / "model.safetensors")
    named = {key if key.startswith("text_model.") else f"text_model.{key}": value for key, value in state.items()}
    save_file(named, folder / "text_encoder" / "model.safetensors", metadata={"format": "pt"})
    return folder


def guided_step_seconds(program: Path, model: Path, threads: int, pixels: int) -> float:
    """Seconds a step, of the last that the progress bar shows, with weights in f16. @param model a Stable Diffusion folder"""
    with tempfile.TemporaryDirectory() as folder:
        readable = with_older_names(model, Path(folder) / "model")
        command = [str(program), "-m", str(readable), "--type", "f16", "-p", "a photo of a lung xray", "--cfg-scale", "7.5"]
        command += ["--steps", str(STEPS), "-t", str(threads), "-W", str(pixels), "-H", str(pixels), "-o", f"{folder}/image.png"]
        done = subprocess.run(command, capture_output=True, text=True)
    shown = re.findall(rf"{STEPS}/{STEPS} - ([0-9.]+)(s/it|it/s)", done.stdout + done.stderr)
    if done.returncode != 0 or not shown:
        raise RuntimeError(f"{program} shows no time of step {STEPS}/{STEPS}: {(done.stdout + done.stderr)[-500:]}")
    number, unit = shown[0]
    return float(number) if unit == "s/it" else 1 / float(number)
