#!/usr/bin/env python3
"""Makes the toy models of the demo: a small AutoencoderKL (diffusers) and a small DenseNet (torchxrayvision), trained on phantoms.

    build/cxr prep phantom --n 4000 --seed 1 --size 128 --out phantoms.h5
    build/cxr prep phantom --n 2100 --seed 2 --size 128 --balanced --out balanced.h5
    build/cxr prep phantom --n 300 --seed 1001 --size 128 --out unseen.h5
    python3 models/toy/make_toy_models.py --train phantoms.h5 balanced.h5 --test unseen.h5 --work toy-work --out new-models

Needs torch, diffusers, torchxrayvision, safetensors, h5py, scikit-learn and Pillow. Seeded; a part whose files are there is left as
it is (remove them to make it again); training goes on from the checkpoint in --work. Prints what README.md says the models reach.
"""

import argparse
import json
import math
import pathlib
import time

import h5py
import numpy as np
import torch
import torch.nn.functional as F
import torchxrayvision as xrv
from diffusers import AutoencoderKL
from PIL import Image, ImageDraw
from safetensors.torch import load_file, save_file
from sklearn.metrics import roc_auc_score, roc_curve

SIZE = 128
CLASSIFIER = dict(growth_rate=12, block_config=(3, 6, 8, 6), num_init_features=24, bn_size=4, in_channels=1, num_classes=18)
# CheXpert's names of what torchxrayvision calls otherwise; outputs without a phantom that shows them stay untrained.
CHEXPERT = {"Effusion": "Pleural Effusion", "Pleural_Thickening": "Pleural Other"}


def read_sets(paths):
    """Images uint8 [N,H,W] and the 14 labels as {name: int8 [N]}."""
    images, labels = [], []
    for path in paths:
        with h5py.File(path) as file:
            images.append(file["images"][:])
            labels.append(file["labels"][:])
            names = [n.decode() if isinstance(n, bytes) else str(n) for n in file["labels"].attrs["names"]]
    return np.concatenate(images), dict(zip(names, np.concatenate(labels).T))


def coloured_shapes(random, count):
    """Pictures that are no radiographs, uint8 [count,SIZE,SIZE,3]: so that the latent space holds colour too."""
    pictures = []
    for _ in range(count):
        big = Image.new("RGB", (2 * SIZE, 2 * SIZE), tuple(random.integers(0, 256, 3).tolist()))
        draw = ImageDraw.Draw(big)
        for _ in range(random.integers(1, 4)):
            (x, y), r = random.integers(40, 2 * SIZE - 40, 2), random.integers(20, 80)
            colour, kind = tuple(random.integers(0, 256, 3).tolist()), random.integers(0, 3)
            if kind == 0:
                draw.ellipse([x - r, y - r, x + r, y + r], fill=colour)
            elif kind == 1:
                draw.rectangle([x - r, y - r, x + r, y + r], fill=colour)
            else:
                draw.polygon([(x, y - r), (x - r, y + r), (x + r, y + r)], fill=colour)
        pictures.append(np.asarray(big.resize((SIZE, SIZE), Image.BOX)))
    return np.stack(pictures)


class Training:
    """Steps with a cosine learning rate after a warm-up, and a checkpoint every 100 steps to go on from."""

    def __init__(self, model, work, name, steps, rate):
        self.model, self.path, self.steps, self.name, self.done = model, work / f"{name}.checkpoint.pt", steps, name, 0
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=1e-4)
        ramp = lambda s: min(1, (s + 1) / 50) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1, s / steps))))
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, ramp)
        if self.path.exists():
            state = torch.load(self.path, weights_only=True)
            model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.schedule.load_state_dict(state["schedule"])
            self.done = state["done"]

    def run(self, loss_of_step):
        start, first, mean = time.time(), self.done, {}
        for step in range(self.done, self.steps):
            torch.manual_seed(step)
            parts = loss_of_step(step, np.random.default_rng((*self.name.encode(), step)))
            loss = sum(parts.values())
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.schedule.step()
            for key, value in parts.items():
                mean[key] = 0.95 * mean.get(key, value.item()) + 0.05 * value.item()
            if (step + 1) % 100 == 0 or step + 1 == self.steps:
                state = dict(model=self.model.state_dict(), optimizer=self.optimizer.state_dict(), schedule=self.schedule.state_dict(),
                             done=step + 1)
                torch.save(state, self.path)
                rate = (time.time() - start) / (step + 1 - first)
                print(f"{self.name} {step + 1}/{self.steps} {rate:.2f} s/step", {k: round(v, 5) for k, v in mean.items()}, flush=True)


def to_vae(pictures):
    """uint8 [N,H,W] or [N,H,W,3] to float [N,3,H,W] in [-1,1]."""
    x = torch.from_numpy(np.ascontiguousarray(pictures)).float() / 127.5 - 1
    return x[:, None].expand(-1, 3, -1, -1) if x.ndim == 3 else x.permute(0, 3, 1, 2)


def half(x, random):
    """A batch at 64², which costs a quarter: most of them cut out, some made smaller."""
    if random.random() < 0.25:
        return F.avg_pool2d(x, 2)
    top, left = random.integers(0, SIZE // 2 + 1, 2)
    return x[:, :, top : top + SIZE // 2, left : left + SIZE // 2]


def train_vae(images, work, steps):
    torch.manual_seed(0)
    vae = AutoencoderKL(in_channels=3, out_channels=3, down_block_types=("DownEncoderBlock2D",) * 3,
                        up_block_types=("UpDecoderBlock2D",) * 3, block_out_channels=(16, 32, 64), layers_per_block=1,
                        latent_channels=4, norm_num_groups=8, sample_size=SIZE)
    shapes = coloured_shapes(np.random.default_rng(5), 600)

    def loss(step, random, steps, divergence_weight):
        x = torch.cat([to_vae(images[random.integers(0, len(images), 10)]), to_vae(shapes[random.integers(0, len(shapes), 2)])])
        if step < 0.88 * steps:
            x = half(x, random)
        posterior = vae.encode(x).latent_dist
        y = vae.decode(posterior.sample()).sample
        divergence = 0.5 * (posterior.mean**2 + posterior.var - 1 - posterior.logvar).mean()
        return dict(mse=F.mse_loss(y, x), l1=0.05 * F.l1_loss(y, x), kl=divergence_weight * divergence)

    vae.train()
    # The later passes, with a weaker pull on the posterior, bring back edges and fine lines.
    passes = (("vae", steps, 2e-3, 1e-4), ("vae-refine", steps * 13 // 11, 1.5e-3, 2e-5), ("vae-final", steps * 17 // 11, 2e-3, 1e-5))
    for name, n, rate, weight in passes:
        Training(vae, work, name, n, rate).run(lambda step, random: loss(step, random, n, weight))
    vae.eval()
    with torch.no_grad():
        latents = torch.cat([vae.encode(to_vae(images[i : i + 50])).latent_dist.sample() for i in range(0, 500, 50)])
    vae.register_to_config(scaling_factor=round(1 / latents.std().item(), 5))
    return vae


def to_classifier(x):
    """Grey values 0…255, [N,H,W], to torchxrayvision's scale, [N,1,H,W]."""
    return (2 * x / 255 - 1)[:, None] * 1024


def targets_of(labels, pathologies):
    """float [N,18], 1 where a label is positive or uncertain, and which of the 18 have any positive."""
    count = len(next(iter(labels.values())))
    columns = [np.abs(labels[CHEXPERT.get(p, p)]) == 1 if CHEXPERT.get(p, p) in labels else np.zeros(count, bool) for p in pathologies]
    targets = np.stack(columns, 1)
    return targets.astype(np.float32), targets.any(0)


def scores_of(model, images):
    """Sigmoid scores [N,18], before the operating points."""
    with torch.no_grad():
        parts = [torch.sigmoid(model.classifier(model.features2(to_classifier(torch.from_numpy(images[i : i + 64]).float()))))
                 for i in range(0, len(images), 64)]
    return torch.cat(parts).numpy()


def train_classifier(images, labels, work, steps):
    torch.manual_seed(1)
    model = xrv.models.DenseNet(**CLASSIFIER)
    targets, trained = targets_of(labels, model.targets)
    targets, mask = torch.from_numpy(targets), torch.from_numpy(trained)

    def loss(step, random):
        chosen = random.integers(0, len(images), 48)
        x = torch.from_numpy(images[chosen]).float()
        shift = random.integers(-4, 5, 2)
        x = torch.roll(F.pad(x[:, None], (4, 4, 4, 4), mode="replicate"), tuple(shift), (2, 3))[:, 0, 4:-4, 4:-4]
        x = (x - 128) * random.uniform(0.85, 1.15) + 128 + random.uniform(-15, 15)
        if random.random() < 0.4:  # reconstructions are a little blurred: no reason to see something else in them
            x = x + random.uniform(0.3, 1) * (F.avg_pool2d(F.pad(x[:, None], (1, 1, 1, 1), mode="replicate"), 3, 1)[:, 0] - x)
        x = (x + 3 * torch.randn_like(x)).clamp(0, 255)
        logits = model.classifier(model.features2(to_classifier(x)))
        return dict(bce=F.binary_cross_entropy_with_logits(logits[:, mask], targets[chosen][:, mask]))

    model.train()
    for name, rate in (("xrv", 4e-3), ("xrv-refine", 3e-3), ("xrv-final", 3e-3)):
        Training(model, work, name, steps, rate).run(loss)
    model.eval()
    # Operating points: where sensitivity + specificity is largest (Youden) on half of the training phantoms' scores.
    scores = scores_of(model, images[::2])
    points = np.full(18, np.nan, np.float32)
    for k in np.flatnonzero(trained):
        false_positive, true_positive, at = roc_curve(targets[::2, k].numpy(), scores[:, k])
        points[k] = np.clip(at[np.argmax(true_positive - false_positive)], 1e-4, 1 - 1e-4)
    model.op_threshs = torch.from_numpy(points)
    return model


def save_classifier(model, folder):
    folder.mkdir(parents=True, exist_ok=True)
    config = dict(arch="densenet", **CLASSIFIER, input_resolution=SIZE, pathologies=model.targets)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, folder / "model.safetensors")


def load_classifier(folder):
    model = xrv.models.DenseNet(**CLASSIFIER, op_threshs=torch.zeros(18))
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return model.eval()


def measure(vae, model, images, labels, sheet):
    """What README.md reports, on phantoms that no training saw; and a picture of originals above reconstructions."""
    with torch.no_grad():
        decoded = [vae.decode(vae.encode(to_vae(images[i : i + 25])).latent_dist.mode()).sample for i in range(0, len(images), 25)]
    rgb = ((torch.cat(decoded).clamp(-1, 1) + 1) * 127.5).numpy()
    grey = np.round(rgb.mean(1)).astype(np.uint8)
    error = ((grey.astype(float) - images) ** 2).mean((1, 2))
    psnr = 10 * np.log10(255**2 / error)
    print(f"PSNR {psnr.mean():.2f} dB mean, {np.median(psnr):.2f} median, {psnr.min():.2f} least; scaling factor {vae.config.scaling_factor}")
    rows = [np.vstack([np.hstack(images[i : i + 8]), np.hstack(grey[i : i + 8])]) for i in (0, 8, 16)]
    Image.fromarray(np.vstack(rows)).save(sheet)
    targets, _ = targets_of(labels, model.targets)
    scores, again = scores_of(model, images), scores_of(model, grey)
    points = model.op_threshs.numpy()
    print("label, positives, AUC, sensitivity, specificity, AUC on reconstructions")
    for k, name in enumerate(model.targets):
        truth = targets[:, k] > 0
        if not truth.any() or np.isnan(points[k]):
            continue
        called = scores[:, k] >= points[k]
        print(f"| {name} | {truth.sum()} | {roc_auc_score(truth, scores[:, k]):.3f} | {called[truth].mean():.2f} | "
              f"{1 - called[~truth].mean():.2f} | {roc_auc_score(truth, again[:, k]):.3f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", nargs="+", required=True, help="image sets of 128² phantoms")
    parser.add_argument("--test", required=True, help="an image set of other phantoms")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder for checkpoints")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    parser.add_argument("--vae-steps", type=int, default=1100)
    parser.add_argument("--classifier-steps", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.work.mkdir(parents=True, exist_ok=True)
    images, labels = read_sets(arguments.train)
    if not (arguments.out / "vae/diffusion_pytorch_model.safetensors").exists():
        train_vae(images, arguments.work, arguments.vae_steps).save_pretrained(arguments.out / "vae")
    if not (arguments.out / "xrv/model.safetensors").exists():
        save_classifier(train_classifier(images, labels, arguments.work, arguments.classifier_steps), arguments.out / "xrv")
    unseen, unseen_labels = read_sets([arguments.test])
    measure(AutoencoderKL.from_pretrained(arguments.out / "vae").eval(), load_classifier(arguments.out / "xrv"), unseen, unseen_labels,
            arguments.work / "reconstructions.png")


if __name__ == "__main__":
    main()
