#!/usr/bin/env python3
"""Makes the toy Stable Diffusion of the demo: a small UNet2DConditionModel (diffusers) on the latents of the toy autoencoder and the
token states of the toy CLIP, trained on captioned pictures that are no radiographs but for one in 25 (toy_pictures.py).

    build/cxr prep phantom --n 1200 --seed 7 --size 128 --out phantoms.h5
    python3 models/toy/make_toy_diffusion.py --phantoms phantoms.h5 --work toy-work --out new-models

Needs torch, diffusers, transformers, safetensors, h5py, numpy and Pillow, and vae/ and clip/ in --out (or beside this script). Seeded; training
goes on from the checkpoint in --work. As Stable Diffusion itself was, it is trained at half size first.
"""

import argparse
import math
import pathlib
import shutil
import time

import h5py
import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, DDPMScheduler, DPMSolverMultistepScheduler, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from toy_pictures import captioned_pictures

SCHEDULE = dict(num_train_timesteps=1000, beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012)
UNET = dict(sample_size=32, block_out_channels=(32, 64, 96), layers_per_block=1, norm_num_groups=8, cross_attention_dim=64,
            attention_head_dim=4,  # in Stable Diffusion 1.x the number of heads
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"))
EMPTY_SHARE = 0.1  # captions left out, for classifier-free guidance (Ho and Salimans 2022)
# side in pixels, pictures, batch, peak learning rate
STAGES = {"half": (64, 12000, 32, 1.5e-3), "whole": (128, 6000, 8, 6e-4)}
SHEET = ["a photo of a red circle on a blue background", "a photo of a green star on a white background", "a beach with a red boat on a sunny day",
         "vertical black and white stripes", "a photo of a yellow face on a purple background", "a photo of a meadow with a tree at night",
         "a photo of a lung xray", "a photo of a lung xray with visible pleural effusion"]


def text_encoder_of(clip):
    """CLIPTextModel with the weights of the toy CLIP, less its projection."""
    return CLIPTextModel.from_pretrained(clip, dtype=torch.float32).eval()


def states_of(captions, tokenizer, encoder):
    """Token states of captions padded to 77, float16 [N,77,C]."""
    parts = []
    for begin in range(0, len(captions), 64):
        ids = tokenizer(captions[begin : begin + 64], padding="max_length", max_length=77, return_tensors="pt").input_ids
        with torch.no_grad():
            parts.append(encoder(ids).last_hidden_state.half())
    return torch.cat(parts)


def latents_of(pictures, vae):
    """Latents drawn once from the posterior, scaled, float16 [N,4,h,w]."""
    parts = []
    for begin in range(0, len(pictures), 16):
        x = torch.from_numpy(pictures[begin : begin + 16]).permute(0, 3, 1, 2).float() / 127.5 - 1
        with torch.no_grad():
            parts.append((vae.encode(x).latent_dist.sample() * vae.config.scaling_factor).half())
    return torch.cat(parts)


class Training:
    """Noise prediction (Ho et al. 2020) with an average of the weights, and a checkpoint every 100 steps to go on from."""

    def __init__(self, models, work):
        self.models, self.work, self.checkpoint = models, work, work / "diffusion.pt"
        torch.manual_seed(0)
        self.unet = UNet2DConditionModel(**UNET)
        self.average = UNet2DConditionModel(**UNET).requires_grad_(False)
        self.average.load_state_dict(self.unet.state_dict())
        self.optimizer = torch.optim.AdamW(self.unet.parameters(), lr=1e-3, weight_decay=1e-3)
        self.noise = DDPMScheduler(**SCHEDULE)
        self.empty = states_of([""], models["tokenizer"], models["text_encoder"])
        self.done = {stage: 0 for stage in STAGES}
        if self.checkpoint.exists():
            state = torch.load(self.checkpoint, weights_only=True)
            self.unet.load_state_dict(state["unet"])
            self.average.load_state_dict(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.done = state["done"]

    def save(self):
        state = dict(unet=self.unet.state_dict(), average=self.average.state_dict(), optimizer=self.optimizer.state_dict(), done=self.done)
        torch.save(state, self.checkpoint.with_suffix(".new"))
        self.checkpoint.with_suffix(".new").replace(self.checkpoint)

    def data(self, stage, phantoms):
        side, count, _, _ = STAGES[stage]
        path = self.work / f"{stage}.pt"
        if not path.exists():
            torch.manual_seed(side)
            pictures, captions = captioned_pictures(side, count, side, phantoms)
            torch.save(dict(latents=latents_of(pictures, self.models["vae"]),
                            states=states_of(captions, self.models["tokenizer"], self.models["text_encoder"])), path)
            print(f"{stage}: {count} pictures of {side} pixels", flush=True)
        return torch.load(path, weights_only=True)

    def loss(self, data, batch):
        chosen = torch.randint(len(data["latents"]), (batch,))
        latents, states = data["latents"][chosen].float(), data["states"][chosen].float()
        states = torch.where(torch.rand(batch, 1, 1) < EMPTY_SHARE, self.empty.float(), states)
        noise, timesteps = torch.randn_like(latents), torch.randint(0, 1000, (batch,))
        return F.mse_loss(self.unet(self.noise.add_noise(latents, noise, timesteps), timesteps, states).sample, noise)

    def run(self, stage, steps, phantoms):
        side, _, batch, rate = STAGES[stage]
        data, start, first, mean = self.data(stage, phantoms), time.time(), self.done[stage], None
        for step in range(first, steps):
            torch.manual_seed(step + 1000003 * side)
            ramp = min(1, (step + 1) / 100) * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * step / steps)))
            self.optimizer.param_groups[0]["lr"] = rate * ramp
            loss = self.loss(data, batch)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.unet.parameters(), 1.0)
            self.optimizer.step()
            total = sum(self.done.values()) + 1
            for ours, theirs in zip(self.average.parameters(), self.unet.parameters()):
                ours.lerp_(theirs.detach(), 1 - min(0.999, total / (total + 10)))
            self.done[stage] = step + 1
            mean = loss.item() if mean is None else 0.98 * mean + 0.02 * loss.item()
            if (step + 1) % 100 == 0 or step + 1 == steps:
                self.save()
                print(f"{stage} {step + 1}/{steps}: loss {mean:.4f}, {(time.time() - start) / (step + 1 - first):.2f} s/step", flush=True)
            if (step + 1) % 500 == 0:
                draw_sheet(pipeline_of(self.models, self.average), side, self.work / f"{stage}-{step + 1}.png")


def pipeline_of(models, unet):
    scheduler = PNDMScheduler(**SCHEDULE, skip_prk_steps=True, steps_offset=1, set_alpha_to_one=False)
    scheduler.register_to_config(clip_sample=False)  # stands in the published file, though PNDM reads none
    return StableDiffusionPipeline(vae=models["vae"], text_encoder=models["text_encoder"], tokenizer=models["tokenizer"], unet=unet,
                                   scheduler=scheduler, safety_checker=None, feature_extractor=None, requires_safety_checker=False)


def draw_sheet(pipeline, side, path, guidance=4.0, steps=20):
    """Four pictures a prompt, a row a prompt."""
    pipeline.scheduler = DPMSolverMultistepScheduler.from_config(pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    pictures = pipeline(SHEET, num_images_per_prompt=4, height=side, width=side, num_inference_steps=steps, guidance_scale=guidance,
                        generator=torch.Generator().manual_seed(0), output_type="np").images
    rows = pictures.reshape(len(SHEET), 4, side, side, 3).transpose(0, 2, 1, 3, 4).reshape(len(SHEET) * side, 4 * side, 3)
    Image.fromarray((rows * 255).astype(np.uint8)).save(path)


def write_pipeline(models, unet, out, clip):
    """The folder as Stable Diffusion v1.4 is published, in half precision; vae/ stays as it is, the tokenizer's files are clip/'s."""
    whole = out / "whole"
    pipeline_of(models, unet).save_pretrained(whole)
    for name in ("text_encoder", "unet", "scheduler", "tokenizer"):
        shutil.rmtree(out / name, ignore_errors=True)
        (out / name).mkdir()
    for file in ("text_encoder/config.json", "unet/config.json", "scheduler/scheduler_config.json", "model_index.json"):
        shutil.copyfile(whole / file, out / file)  # whose dtype is still float32, so that the libraries compute in it
    for file in ("text_encoder/model.safetensors", "unet/diffusion_pytorch_model.safetensors"):
        weights = {name: value.half() for name, value in load_file(whole / file).items()}
        save_file(weights, out / file, metadata={"format": "pt"})
        (out / file).chmod(0o644)
    for name in ("merges.txt", "vocab.json", "special_tokens_map.json", "tokenizer_config.json"):
        shutil.copyfile(clip / name, out / "tokenizer" / name)
    shutil.rmtree(whole)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phantoms", required=True, help="an image set of 128² phantoms")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder for checkpoints")
    parser.add_argument("--models", type=pathlib.Path, default=pathlib.Path(__file__).parent, help="where vae/ and clip/ are")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    parser.add_argument("--half-steps", type=int, default=3300)
    parser.add_argument("--whole-steps", type=int, default=1500)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.work.mkdir(parents=True, exist_ok=True)
    with h5py.File(arguments.phantoms) as file:
        phantoms = file["images"][:]
    models = dict(vae=AutoencoderKL.from_pretrained(arguments.models / "vae").eval(), text_encoder=text_encoder_of(arguments.models / "clip"),
                  tokenizer=CLIPTokenizer.from_pretrained(arguments.models / "clip"))
    training = Training(models, arguments.work)
    training.run("half", arguments.half_steps, phantoms)
    training.run("whole", arguments.whole_steps, phantoms)
    arguments.out.mkdir(parents=True, exist_ok=True)
    write_pipeline(models, training.average, arguments.out, arguments.models / "clip")


if __name__ == "__main__":
    main()
