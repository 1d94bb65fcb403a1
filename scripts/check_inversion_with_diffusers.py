#!/usr/bin/env python3
"""Opens a learned embedding in diffusers and samples from the noise that `cxr generate` is given: the images agree to 1 of 255.

    check_inversion_with_diffusers.py CXR MODEL RUN [--prompt "a photo of a <lung-xray>"] [--steps 20]

CXR is the program, MODEL a Stable Diffusion folder, RUN what `cxr train inversion` wrote. Needs diffusers, transformers and h5py
(benchmarks/peers-requirements.txt).
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file

TOLERANCE = 1  # of 255: both compute in float32, and rounding to 8 bits may fall on either side


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cxr"), parser.add_argument("model"), parser.add_argument("run", type=Path)
    parser.add_argument("--prompt", help="by default a photo of the token")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--n", type=int, default=2)
    options = parser.parse_args()

    embedding = options.run / "learned_embeds.safetensors"
    (token,) = load_file(embedding)
    prompt = options.prompt or f"a photo of a {token}"
    pipe = StableDiffusionPipeline.from_pretrained(options.model, safety_checker=None, torch_dtype=torch.float32)
    pipe.load_textual_inversion(options.run, weight_name=embedding.name)
    unet = pipe.unet.config
    noise = np.random.default_rng(0).standard_normal((options.n, unet.in_channels, unet.sample_size, unet.sample_size), dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder:
        with h5py.File(f"{folder}/noise.h5", "w") as file:
            file["latents"] = noise
        subprocess.run([options.cxr, "generate", "--model", options.model, "--embedding", embedding, "--prompt", prompt, "--n",
                        str(options.n), "--steps", str(options.steps), "--latents", f"{folder}/noise.h5", "--batch-size",
                        str(options.n), "--out", f"{folder}/run", "--quiet"], check=True)
        with h5py.File(f"{folder}/run/results.h5") as file:
            ours = file["images"][:].astype(int)
    pipe.set_progress_bar_config(disable=True)
    theirs = pipe([prompt] * options.n, latents=torch.from_numpy(noise), num_inference_steps=options.steps, guidance_scale=7.5,
                  output_type="np").images
    difference = np.abs(ours - np.round(255 * theirs).astype(int))
    print(f"\"{prompt}\", {options.n} images of {ours.shape[1]}²: largest difference {difference.max()} of 255, "
          f"{100 * (difference > 0).mean():.3f} % of the values differ")
    return 0 if difference.max() <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
