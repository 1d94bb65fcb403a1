#!/usr/bin/env python3
"""Opens what a training wrote in diffusers and samples from the noise that `cxr generate` is given: the images agree to 1 of 255.

    check_training_with_diffusers.py CXR MODEL RUN [--unet unet_ema] [--prompt TEXT] [--steps 20]

CXR is the program, MODEL a Stable Diffusion folder, RUN what `cxr train inversion` or `cxr train unet` wrote. Needs diffusers, transformers
and h5py (benchmarks/peers-requirements.txt).
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import torch
from diffusers import StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import load_file

TOLERANCE = 1  # of 255: both compute in float32, and rounding to 8 bits may fall on either side
GUIDANCE = 7.5


def adapted(options) -> tuple[StableDiffusionPipeline, list, str]:
    """diffusers' pipeline with the run's result, what `cxr generate` is told of it, and a prompt that shows it."""
    load = {"safety_checker": None, "torch_dtype": torch.float32}
    embedding, unet = options.run / "learned_embeds.safetensors", options.run / options.unet
    if embedding.exists():
        (token,) = load_file(embedding)
        pipe = StableDiffusionPipeline.from_pretrained(options.model, **load)
        pipe.load_textual_inversion(options.run, weight_name=embedding.name)
        return pipe, ["--embedding", embedding], f"a photo of a {token}"
    opened = UNet2DConditionModel.from_pretrained(unet, torch_dtype=torch.float32)
    return StableDiffusionPipeline.from_pretrained(options.model, unet=opened, **load), ["--unet", unet], "a photo of a lung xray"


def our_images(options, arguments: list, prompt: str, noise: np.ndarray) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        with h5py.File(f"{folder}/noise.h5", "w") as file:
            file["latents"] = noise
        command = [options.cxr, "generate", "--model", options.model, *arguments, "--prompt", prompt, "--n", str(options.n)]
        command += ["--steps", str(options.steps), "--guidance", str(GUIDANCE), "--latents", f"{folder}/noise.h5"]
        subprocess.run([*command, "--batch-size", str(options.n), "--out", f"{folder}/run", "--quiet"], check=True)
        with h5py.File(f"{folder}/run/results.h5") as file:
            return file["images"][:].astype(int)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cxr"), parser.add_argument("model"), parser.add_argument("run", type=Path)
    parser.add_argument("--unet", default="unet", help="the U-Net's folder in RUN")
    parser.add_argument("--prompt", help='by default "a photo of a" token, or "a photo of a lung xray"')
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--n", type=int, default=2)
    options = parser.parse_args()

    pipe, arguments, prompt = adapted(options)
    prompt = options.prompt or prompt
    unet = pipe.unet.config
    noise = np.random.default_rng(0).standard_normal((options.n, unet.in_channels, unet.sample_size, unet.sample_size), dtype=np.float32)
    ours = our_images(options, arguments, prompt, noise)
    pipe.set_progress_bar_config(disable=True)
    theirs = pipe([prompt] * options.n, latents=torch.from_numpy(noise), num_inference_steps=options.steps, guidance_scale=GUIDANCE,
                  output_type="np").images
    difference = np.abs(ours - np.round(255 * theirs).astype(int))
    print(f'"{prompt}", {options.n} images of {ours.shape[1]}²: largest difference {difference.max()} of 255, '
          f"{100 * (difference > 0).mean():.3f} % of the values differ")
    return 0 if difference.max() <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
