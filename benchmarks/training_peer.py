"""Training steps as diffusers' example scripts take them, for peer_worker.py: train_text_to_image.py (and train_dreambooth.py, whose step
is the same) and textual_inversion.py, at their defaults: float32 weights, bfloat16 by autocast (`--mixed_precision bf16`), torch's AdamW."""

from pathlib import Path

import torch
import torch.nn.functional as F

PIXELS_PER_LATENT, TOKENS, MAX_GRAD_NORM = 8, 77, 1.0


class TrainingStep:
    """What both have: the frozen networks in the type of the run, and the loss of the noise that the U-Net tells."""

    def __init__(self, folder: Path, dtype: torch.dtype, device: str, unet_dtype: torch.dtype):
        from diffusers import DDPMScheduler, UNet2DConditionModel
        from transformers import CLIPTextModel
        from transformers.utils import logging

        logging.disable_progress_bar()
        self.folder, self.dtype, self.device = folder, dtype, device
        self.scheduler = DDPMScheduler.from_pretrained(folder / "scheduler")
        self.unet = UNet2DConditionModel.from_pretrained(folder / "unet", torch_dtype=unet_dtype, low_cpu_mem_usage=False).to(device).train()
        self.text_encoder = CLIPTextModel.from_pretrained(folder / "text_encoder").to(device).requires_grad_(False)

    def autocast(self):
        return torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.dtype == torch.bfloat16)

    def latents(self, batch: int, pixels: int) -> torch.Tensor:
        side = pixels // PIXELS_PER_LATENT
        return torch.randn(batch, self.unet.config.in_channels, side, side, device=self.device, dtype=self.dtype)

    def ids(self, batch: int) -> torch.Tensor:
        return torch.randint(0, self.text_encoder.config.vocab_size, (batch, TOKENS), device=self.device)

    def loss(self, latents: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        noise = torch.randn_like(latents)
        timesteps = torch.randint(0, self.scheduler.config.num_train_timesteps, (len(latents),), device=self.device)
        told = self.unet(self.scheduler.add_noise(latents, noise, timesteps), timesteps, condition, return_dict=False)[0]
        return F.mse_loss(told.float(), noise.float())


class UNetTraining(TrainingStep):
    def __init__(self, folder: Path, dtype: torch.dtype, device: str):
        super().__init__(folder, dtype, device, torch.float32)
        self.text_encoder.to(dtype)
        self.vae = None
        self.optimizer = torch.optim.AdamW(self.unet.parameters(), lr=1e-6, weight_decay=1e-2)

    def step(self, latents: torch.Tensor, condition: torch.Tensor) -> None:
        with self.autocast():
            loss = self.loss(latents, condition)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.unet.parameters(), MAX_GRAD_NORM)
        self.optimizer.step()
        self.optimizer.zero_grad()

    def train_unet(self, batch: int, pixels: int) -> None:
        condition = torch.randn(batch, TOKENS, self.unet.config.cross_attention_dim, device=self.device, dtype=self.dtype)
        self.step(self.latents(batch, pixels), condition)

    def train_unet_uncached(self, batch: int, pixels: int) -> None:
        if self.vae is None:
            from diffusers import AutoencoderKL

            vae = AutoencoderKL.from_pretrained(self.folder / "vae", torch_dtype=self.dtype, low_cpu_mem_usage=False)
            self.vae = vae.to(self.device).requires_grad_(False)
        images = torch.randn(batch, 3, pixels, pixels, device=self.device, dtype=self.dtype)
        latents = self.vae.encode(images).latent_dist.sample() * self.vae.config.scaling_factor
        self.step(latents, self.text_encoder(self.ids(batch), return_dict=False)[0])


class TextualInversion(TrainingStep):
    """The whole token table is the optimiser's; after each step all rows but the new one are put back."""

    def __init__(self, folder: Path, dtype: torch.dtype, device: str):
        super().__init__(folder, dtype, device, dtype)
        self.unet.requires_grad_(False)
        self.table = self.text_encoder.get_input_embeddings().weight.requires_grad_(True)
        self.original = self.table.detach().clone()
        self.is_old = torch.ones(len(self.table), dtype=torch.bool)
        self.is_old[-1] = False
        self.optimizer = torch.optim.AdamW([self.table], lr=5e-4, weight_decay=1e-2)

    def train_inversion(self, batch: int, pixels: int) -> None:
        with self.autocast():
            condition = self.text_encoder(self.ids(batch))[0].to(self.dtype)
            loss = self.loss(self.latents(batch, pixels), condition)
        loss.backward()
        self.inversion_optimizer(batch, pixels)

    def inversion_optimizer(self, _batch: int, _pixels: int) -> None:
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=False)
        with torch.no_grad():
            self.table[self.is_old] = self.original[self.is_old]


def load(kind: str, folder: Path, dtype: torch.dtype, device: str) -> dict:
    """What peer_worker.py runs, by its name: functions of a batch and a number of pixels."""
    if kind == "unet_training":
        training = UNetTraining(folder, dtype, device)
        return {"train_unet": training.train_unet, "train_unet_uncached": training.train_unet_uncached}
    training = TextualInversion(folder, dtype, device)
    return {"train_inversion": training.train_inversion, "inversion_optimizer": training.inversion_optimizer}


KINDS = ("unet_training", "textual_inversion")
