#!/usr/bin/env python3
"""Compares the program's models with diffusers, torchxrayvision and pytorch-fid at the published sizes.

Makes a Stable Diffusion v1.4-shaped VAE and U-Net, a DenseNet-121 and a FID Inception-V3 on formula weights, lets
`cxr_dump_models` and `cxr` read them, and reports max |difference| over the reference's largest magnitude. Needs
benchmarks/peers-requirements.txt, 8 GiB of memory, 4 GiB of disk and about five minutes on two cores. Exit status 1 if a difference
exceeds its bound.
"""

import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "fixtures"))

import reference_models as reference  # noqa: E402
import weight_formula as formula  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

# float32 against float32: both sides round, in different orders.
BOUND = 1e-4


@dataclass
class Difference:
    what: str
    shape: tuple
    relative: float
    bound: float

    def line(self) -> str:
        verdict = "ok" if self.relative <= self.bound else f"ABOVE {self.bound:g}"
        return f"{self.what:34s} {str(self.shape):22s} {self.relative:.2e}  {verdict}"


def compare(what: str, actual: torch.Tensor, expected: torch.Tensor, bound: float = BOUND) -> Difference:
    if actual.shape != expected.shape:
        sys.exit(f"{what}: shape {tuple(actual.shape)}, expected {tuple(expected.shape)}")
    relative = (actual.double() - expected.double()).abs().max() / expected.double().abs().max()
    return Difference(what, tuple(expected.shape), relative.item(), bound)


class Dump:
    """`cxr_dump_models --KIND MODEL --input FILE --output FILE`: safetensors in, safetensors out."""

    def __init__(self, program: Path, work: Path):
        self.program, self.work = program, work

    def __call__(self, kind: str, model: Path, inputs: dict[str, torch.Tensor], dtype="float32") -> dict[str, torch.Tensor]:
        source, target = self.work / f"{kind}_in.safetensors", self.work / f"{kind}_out.safetensors"
        save_file(inputs, source)
        command = [self.program, f"--{kind}", model, "--dtype", dtype, "--input", source, "--output", target]
        subprocess.run(command, check=True)
        return load_file(target)


def vae_differences(dump: Dump, sd: Path, size: int) -> list[Difference]:
    """Encode moments, and the decoding of their mean."""
    sample = torch.from_numpy(formula.uniform("sample", (1, 3, size, size))).float()
    ours = dump("vae", sd / "vae", {"sample": sample})
    vae = reference.load_vae(sd / "vae")
    posterior = vae.encode(sample).latent_dist
    decoded = vae.decode(posterior.mean).sample
    return [
        compare("AutoencoderKL moments", ours["moments"], posterior.parameters),
        compare("AutoencoderKL decoded", ours["decoded"], decoded),
    ]


def unet_differences(dump: Dump, work: Path) -> list[Difference]:
    """A guided step's batch of two at 512 x 512 pixels, and a portrait's latents with a condition of one token."""
    folder = work / "unet"
    if not folder.exists():
        reference.write_unet(folder, reference.SD_V1_UNET)
    calls = {"square": ((64, 64), 77, 801), "portrait": ((96, 64), 1, 1)}
    inputs = {
        name: {
            "sample": torch.from_numpy(formula.uniform(f"{name}.sample", (2, 4, *size))).float() * 1.7,
            "condition": torch.from_numpy(formula.uniform(f"{name}.condition", (2, tokens, 768))).float() * 1.7,
            "timesteps": torch.tensor([timestep]),
        }
        for name, (size, tokens, timestep) in calls.items()
    }
    ours = {name: dump("unet", folder, call)["output"] for name, call in inputs.items()}
    ours_bfloat16 = dump("unet", folder, inputs["square"], "bfloat16")["output"]

    def answer(unet: torch.nn.Module, call: dict[str, torch.Tensor]) -> torch.Tensor:
        return unet(call["sample"].to(unet.dtype), call["timesteps"], call["condition"].to(unet.dtype)).sample.float()

    unet = reference.load_unet(folder)
    theirs = {name: answer(unet, call) for name, call in inputs.items()}
    del unet
    theirs_bfloat16 = answer(reference.load_unet(folder, torch.bfloat16), inputs["square"])
    # In bfloat16 both round at every layer: we may be no further from float32 than diffusers is, and half as much again for luck.
    bound = 1.5 * compare("", theirs_bfloat16, theirs["square"]).relative
    return [
        *(compare(f"UNet2DConditionModel {name}", ours[name], theirs[name]) for name in inputs),
        compare("UNet2DConditionModel bfloat16", ours_bfloat16, theirs["square"], bound),
    ]


def densenet_differences(dump: Dump, work: Path, batch: int) -> list[Difference]:
    folder = work / "densenet121"
    if not folder.exists():
        reference.write_densenet_121(folder)
    images = 1024 * torch.from_numpy(formula.uniform("images", (batch, 1, 224, 224))).float()
    ours = dump("densenet", folder, {"images": images})
    model = reference.densenet_121()
    features = model.features2(images)
    return [
        compare("DenseNet-121 features", ours["features"], features),
        compare("DenseNet-121 logits", ours["logits"], model.classifier(features)),
    ]


def inception_differences(dump: Dump, work: Path, batch: int) -> list[Difference]:
    file = work / "inception.safetensors"
    reference.write_inception_file(file)
    images = torch.from_numpy(formula.uniform("images", (batch, 3, 299, 299))).float()
    ours = dump("inception", file, {"images": images})
    taps = [tap.mean(dim=(2, 3)) for tap in reference.load_inception(file)(images)]
    return [compare(f"Inception-V3 features_{t.shape[1]}", ours[f"features_{t.shape[1]}"], t) for t in taps]


def reconstruct_differences(program: Path, sd: Path, work: Path, size: int) -> list[Difference]:
    """The command itself on a phantom: /latents is the posterior's mean, unscaled; /images the decoding in 8 bits."""
    import h5py

    images, run = work / "phantom.h5", work / "run"
    subprocess.run([program, "prep", "phantom", "--n", "1", "--seed", "1", "--size", str(size), "--out", images], check=True)
    command = ["reconstruct", "--model", sd, "--images", images, "--posterior", "mode", "--save-latents", "--out", run]
    subprocess.run([program, *command], check=True)
    with h5py.File(images) as source, h5py.File(run / "results.h5") as results:
        grey = torch.from_numpy(source["images"][:])
        latents, ours = torch.from_numpy(results["latents"][:]), torch.from_numpy(results["images"][:])
    vae = reference.load_vae(sd / "vae")
    mean = vae.encode((grey.float() / 127.5 - 1)[:, None].expand(-1, 3, -1, -1)).latent_dist.mean
    rgb = (vae.decode(mean).sample.clamp(-1, 1) + 1) * 127.5
    expected = (rgb.mean(dim=1) if ours.dim() == 3 else rgb.permute(0, 2, 3, 1)).round()
    # Values that lie close to a half may round to either neighbour: one grey level.
    one_level = 1.01 / expected.max().item()
    return [compare("cxr reconstruct /latents", latents, mean), compare("cxr reconstruct /images", ours, expected, one_level)]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dump", type=Path, default=ROOT / "build/bin/cxr_dump_models")
    parser.add_argument("--cxr", type=Path, default=ROOT / "build/cxr")
    parser.add_argument("--only", nargs="+", choices=("vae", "unet", "densenet", "inception", "reconstruct"), help="default: all")
    parser.add_argument("--size", type=int, default=512, help="side of the VAE's input in pixels (default: 512)")
    parser.add_argument("--batch", type=int, default=2, help="images for the two classifiers (default: 2)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--work", type=Path, help="keep the model folders here (default: a temporary folder)")
    return parser.parse_args()


def run(arguments: argparse.Namespace, work: Path) -> int:
    dump = Dump(arguments.dump.resolve(), work)
    chosen = arguments.only or ["vae", "unet", "densenet", "inception", "reconstruct"]
    sd = work / "sd"
    if not sd.exists() and {"vae", "reconstruct"} & set(chosen):
        reference.write_sd_folder(sd, reference.SD_V1_VAE)
    parts = {
        "vae": lambda: vae_differences(dump, sd, arguments.size),
        "unet": lambda: unet_differences(dump, work),
        "densenet": lambda: densenet_differences(dump, work, arguments.batch),
        "inception": lambda: inception_differences(dump, work, arguments.batch),
        "reconstruct": lambda: reconstruct_differences(arguments.cxr.resolve(), sd, work, arguments.size),
    }
    differences = [difference for name in chosen for difference in parts[name]()]
    print(f"{'output':34s} {'shape':22s} max |difference| / max |reference|")
    print("\n".join(difference.line() for difference in differences))
    return int(any(difference.relative > difference.bound for difference in differences))


def main() -> int:
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    torch.set_grad_enabled(False)
    if arguments.work:
        arguments.work.mkdir(parents=True, exist_ok=True)
        return run(arguments, arguments.work)
    with tempfile.TemporaryDirectory(prefix="cxr_parity_") as work:
        return run(arguments, Path(work))


if __name__ == "__main__":
    sys.exit(main())
