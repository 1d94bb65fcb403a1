#!/usr/bin/env python3
"""The Python peers behind the line protocol of `cxr_bench_worker`, one engine a process.

    load vae|unet|densenet|inception|bert|clip_text PATH float32|bfloat16     answers `ok`
    load unet_training|textual_inversion SD_FOLDER float32|bfloat16           likewise (training_peer.py)
    run encode|decode|unet|densenet|inception|clip_text|frechet REPEATS [BATCH SIZE]
                                                          answers the seconds of each repetition on one line
    run train_unet|train_unet_uncached|train_inversion|inversion_optimizer REPEATS [BATCH SIZE]
    run texts_as_they_come|texts_sorted REPEATS           batches of 32 of the folder's texts.safetensors, each padded to its longest

Inputs are random, of the shapes in `DEFAULT_SHAPES` unless BATCH and SIZE are given (SIZE is in pixels, in tokens for clip_text, in
features for frechet).
Anything that goes wrong is answered by `error MESSAGE`. Engines: `torch` runs the libraries' own modules eagerly (bfloat16 with
channels-last), `openvino` what openvino.convert_model makes of them.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "fixtures"))

import reference_models as reference  # noqa: E402
import training_peer  # noqa: E402

# name: (batch, size in pixels or features)
DEFAULT_SHAPES = {"encode": (1, 512), "decode": (1, 512), "densenet": (16, 224), "inception": (16, 299), "frechet": (4096, 2048)}
DEFAULT_SHAPES |= dict.fromkeys(("train_unet", "train_unet_uncached", "train_inversion", "inversion_optimizer"), (1, 512))
DEFAULT_SHAPES |= {"clip_text": (32, 77), "texts_as_they_come": (32, 0), "texts_sorted": (32, 0), "unet": (2, 512)}
PIXELS_PER_LATENT, TOKENS = 8, 77


class Encoder(torch.nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, sample):
        return self.vae.encode(sample).latent_dist.parameters


class Decoder(torch.nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, latents):
        return self.vae.decode(latents).sample


class Denoiser(torch.nn.Module):
    TIMESTEP = 500

    def __init__(self, unet):
        super().__init__()
        self.unet = unet

    def forward(self, sample, condition):
        return self.unet(sample, self.TIMESTEP, condition).sample


class Texts(torch.nn.Module):
    """The [CLS] state of every text, in padded batches."""

    def __init__(self, model, file: Path, by_length: bool):
        super().__init__()
        from safetensors.torch import load_file

        texts = load_file(file)
        order = torch.argsort(texts["mask"].sum(1)) if by_length else torch.arange(len(texts["ids"]))
        self.model, self.ids, self.mask = model, texts["ids"][order], texts["mask"][order]

    def forward(self, batch: int):
        for ids, mask in zip(self.ids.split(batch), self.mask.split(batch)):
            longest = int(mask.sum(1).max())
            ids, mask = ids[:, :longest].to(self.model.device), mask[:, :longest].to(self.model.device)
            self.model(input_ids=ids, attention_mask=mask).last_hidden_state[:, 0].cpu()


def load_densenet(folder: Path, dtype: torch.dtype) -> torch.nn.Module:
    from safetensors.torch import load_file

    model = reference.densenet_121()
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return model.to(dtype)


def load_modules(kind: str, path: Path, dtype: torch.dtype) -> dict[str, torch.nn.Module]:
    if kind == "vae":
        vae = reference.load_vae(path, dtype)
        return {"encode": Encoder(vae), "decode": Decoder(vae)}
    if kind == "unet":
        return {"unet": Denoiser(reference.load_unet(path, dtype))}
    if kind == "densenet":
        return {"densenet": load_densenet(path, dtype)}
    if kind == "inception":
        return {"inception": reference.load_inception(path, taps=(3,)).to(dtype)}
    if kind == "bert":
        model, texts = reference.load_text_model(path, dtype), path / "texts.safetensors"
        return {"texts_as_they_come": Texts(model, texts, False), "texts_sorted": Texts(model, texts, True)}
    if kind == "clip_text":
        return {"clip_text": reference.load_text_model(path, dtype)}
    raise ValueError(f"unknown model {kind}")


def random_inputs(name: str, batch: int, size: int, module: torch.nn.Module) -> tuple[torch.Tensor, ...]:
    """Pixels on the scale that each network sees; latents and conditions of unit variance."""
    generator = torch.Generator().manual_seed(0)
    side = size // PIXELS_PER_LATENT
    if name == "clip_text":
        return (torch.randint(0, 49408, (batch, size), generator=generator),)
    if name == "decode":
        return (torch.randn(batch, 4, side, side, generator=generator),)
    if name == "unet":
        condition = torch.randn(batch, TOKENS, module.unet.config.cross_attention_dim, generator=generator)
        return torch.randn(batch, 4, side, side, generator=generator), condition
    channels, scale = (1, 1024) if name == "densenet" else (3, 1)
    return (scale * (2 * torch.rand(batch, channels, size, size, generator=generator) - 1),)


def frechet_inputs(samples: int, features: int) -> list[np.ndarray]:
    """Means and covariances of two sets of correlated random features."""
    generator = np.random.default_rng(0)
    mixing = generator.standard_normal((features, features)) / np.sqrt(features)
    sets = [generator.standard_normal((samples, features)) @ mixing + shift for shift in (0.0, 0.1)]
    return [moment for x in sets for moment in (x.mean(axis=0), np.cov(x, rowvar=False))]


def timed(step, repeats: int, wait=lambda: None) -> list[float]:
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        step()
        wait()
        seconds.append(time.perf_counter() - start)
    return seconds


class TorchEngine:
    def __init__(self, threads: int, device: str):
        torch.set_num_threads(threads)
        self.device = device
        self.modules: dict[str, torch.nn.Module] = {}
        self.training: dict[str, object] = {}
        self.dtype = torch.float32

    def load(self, kind: str, path: Path, dtype: torch.dtype) -> None:
        self.dtype = dtype
        if kind in training_peer.KINDS:
            with torch.inference_mode(False):
                self.training |= training_peer.load(kind, path, dtype, self.device)
            return
        layout = torch.channels_last if dtype == torch.bfloat16 else torch.contiguous_format
        loaded = load_modules(kind, path, dtype)
        self.modules |= {name: module.to(self.device, memory_format=layout) for name, module in loaded.items()}

    def run(self, name: str, repeats: int, batch: int, size: int) -> list[float]:
        if name == "frechet":
            from pytorch_fid.fid_score import calculate_frechet_distance

            moments = frechet_inputs(batch, size)
            return timed(lambda: calculate_frechet_distance(*moments), repeats)
        wait = torch.cuda.synchronize if self.device == "cuda" else lambda: None
        if name in self.training:
            with torch.inference_mode(False), torch.enable_grad():
                return timed(lambda: self.training[name](batch, size), repeats, wait)
        if name.startswith("texts"):
            return timed(lambda: self.modules[name](batch), repeats, wait)
        inputs = [self.prepared(x) for x in random_inputs(name, batch, size, self.modules[name])]
        return timed(lambda: self.modules[name](*inputs), repeats, wait)

    def prepared(self, x: torch.Tensor) -> torch.Tensor:
        if not x.is_floating_point():
            return x.to(self.device)
        channels_last = self.dtype == torch.bfloat16 and x.dim() == 4
        return x.to(self.device, self.dtype).contiguous(
            memory_format=torch.channels_last if channels_last else torch.contiguous_format
        )


class OpenVinoEngine:
    """Converted at the first run, when the shapes are known."""

    def __init__(self, threads: int, device: str):
        if device != "cpu":
            raise ValueError("OpenVINO's part runs on the CPU only")
        torch.set_num_threads(threads)
        self.properties = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1}
        self.modules: dict[str, torch.nn.Module] = {}
        self.compiled: dict[tuple, object] = {}

    def load(self, kind: str, path: Path, dtype: torch.dtype) -> None:
        self.properties["INFERENCE_PRECISION_HINT"] = "bf16" if dtype == torch.bfloat16 else "f32"
        self.modules |= load_modules(kind, path, torch.float32)
        self.compiled.clear()

    def request(self, name: str, batch: int, size: int):
        """What infers, and what it infers from."""
        import openvino

        key = (name, batch, size)
        if key not in self.compiled:
            inputs = random_inputs(name, batch, size, self.modules[name])
            model = openvino.convert_model(self.modules[name], example_input=inputs, input=[tuple(x.shape) for x in inputs])
            del self.modules[name]  # its weights are the converted model's now
            compiled = openvino.compile_model(model, "CPU", self.properties).create_infer_request()
            self.compiled[key] = compiled, [x.numpy() for x in inputs]
        return self.compiled[key]

    def run(self, name: str, repeats: int, batch: int, size: int) -> list[float]:
        if name == "frechet":
            raise ValueError("OpenVINO has no Frechet distance")
        request, inputs = self.request(name, batch, size)
        return timed(lambda: request.infer(inputs, share_inputs=True, share_outputs=True), repeats)


def answer(engine, words: list[str]) -> str:
    if words[0] == "load":
        kind, path, dtype = words[1:]
        engine.load(kind, Path(path), getattr(torch, dtype))
        return "ok"
    if words[0] == "run":
        name, repeats = words[1], int(words[2])
        batch, size = (int(words[3]), int(words[4])) if len(words) > 3 else DEFAULT_SHAPES[name]
        return " ".join(f"{seconds:.6f}" for seconds in engine.run(name, repeats, batch, size))
    raise ValueError(f"unknown command {words[0]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", choices=("torch", "openvino"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    arguments = parser.parse_args()
    answers = sys.stdout
    sys.stdout = sys.stderr  # the libraries print
    engine = {"torch": TorchEngine, "openvino": OpenVinoEngine}[arguments.engine](arguments.threads, arguments.device)
    with torch.inference_mode():
        for line in sys.stdin:
            try:
                reply = answer(engine, line.split())
            except Exception as error:  # whatever went wrong becomes the answer; the next command may still work
                reply = "error " + " ".join(f"{type(error).__name__}: {error}".split())
            print(reply, file=answers, flush=True)


if __name__ == "__main__":
    main()
