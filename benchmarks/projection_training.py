#!/usr/bin/env python3
"""projection_training.py CXR [--level token|document] [--dtype bfloat16|float32] [--batch 16] [--steps 4] [--rounds 3] [--threads 2]

Seconds of a training step of the textual projection, `cxr train projection` against PyTorch with transformers' encoders: BERT-base and
CLIP ViT-L/14's text encoder with random weights, both frozen and computed at each step, prompts from make_prompts.py with the toy models'
tokenizers. The two take turns; the ratio is that of their medians.
"""
import argparse
import json
import shutil
import statistics
import subprocess
import time
from pathlib import Path

import h5py
import torch
import transformers as hf

import make_prompts

ROOT = Path(__file__).resolve().parent.parent
TOKENIZERS = {"bert": ROOT / "models/toy/bert", "clip": ROOT / "models/toy/clip"}
TOKENIZER_FILES = ("vocab.txt", "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json")
WIDTH, CLIP_TOKENS = 768, 77


def make_encoders(work: Path) -> None:
    models = {"bert": hf.BertModel(hf.BertConfig()),
              "clip": hf.CLIPTextModel(hf.CLIPTextConfig(hidden_size=WIDTH, intermediate_size=3072, num_attention_heads=12,
                                                         eos_token_id=2, pad_token_id=1))}
    for name, model in models.items():
        model.save_pretrained(work / name)
        for file in TOKENIZER_FILES:
            if (TOKENIZERS[name] / file).exists():
                shutil.copy(TOKENIZERS[name] / file, work / name)


def make_set(cxr: str, work: Path) -> None:
    paths = make_prompts.make(work / "prompts", files=1, rows=4000)
    subprocess.run([cxr, "prep", "laion", "--parquet", paths[0], "--n", "2000", "--out", work / "prompts.h5"], check=True)


def read_set(work: Path) -> list[str]:
    with h5py.File(work / "prompts.h5") as file:
        data, offsets = file["text_bytes"][:].tobytes(), file["text_offsets"][:]
        return [data[begin:end].decode() for begin, end in zip(offsets, offsets[1:])]


class Theirs:
    """A step as one writes it with PyTorch and transformers."""

    def __init__(self, work: Path, texts: list[str], args):
        self.args, self.texts, self.done = args, texts, 0
        dtype = getattr(torch, args.dtype)
        self.models = {name: hf.AutoModel.from_pretrained(work / name, dtype=dtype).eval() for name in TOKENIZERS}
        self.models["clip"] = getattr(self.models["clip"], "text_model", self.models["clip"])
        self.tokenizers = {name: hf.AutoTokenizer.from_pretrained(folder) for name, folder in TOKENIZERS.items()}
        self.projection = torch.nn.Sequential(torch.nn.Linear(WIDTH, WIDTH), torch.nn.LayerNorm(WIDTH), torch.nn.ReLU(),
                                              torch.nn.Linear(WIDTH, WIDTH))
        self.optimizer = torch.optim.AdamW(self.projection.parameters(), lr=1e-3, fused=True)

    def encode(self, name: str, texts: list[str]) -> torch.Tensor:
        token_level = self.args.level == "token"
        tokens = self.tokenizers[name](texts, padding="max_length" if token_level else True, max_length=CLIP_TOKENS, truncation=True,
                                       return_tensors="pt")
        ids, mask = tokens.input_ids, tokens.attention_mask
        found = self.models[name](ids, attention_mask=mask if name == "bert" and not token_level else None)
        if token_level:
            return found.last_hidden_state.float()
        return (found.pooler_output if name == "clip" else found.last_hidden_state[:, 0]).float()

    def step(self) -> None:
        first = self.done * self.args.batch % (len(self.texts) - self.args.batch)
        texts, self.done = self.texts[first:first + self.args.batch], self.done + 1
        with torch.no_grad():
            source, target = self.encode("bert", texts), self.encode("clip", texts)
        self.optimizer.zero_grad()
        torch.nn.functional.mse_loss(self.projection(source), target).backward()
        torch.nn.utils.clip_grad_norm_(self.projection.parameters(), 1.0)
        self.optimizer.step()

    def seconds(self) -> float:
        self.step()  # warm
        begun = time.perf_counter()
        for _ in range(self.args.steps):
            self.step()
        return (time.perf_counter() - begun) / self.args.steps


def our_seconds(cxr: str, work: Path, args) -> float:
    """Of a step after the first, which packs weights: from the samples a second that the log tells of all steps so far."""
    run = work / "run"
    shutil.rmtree(run, ignore_errors=True)
    subprocess.run([cxr, "train", "projection", "--encoder", work / "bert", "--clip", work / "clip", "--prompts", work / "prompts.h5",
                    "--level", args.level, "--dtype", args.dtype, "--batch-size", str(args.batch), "--steps", str(args.steps + 1),
                    "--threads", str(args.threads), "--quiet", "--out", run], check=True, capture_output=True)
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    done = {line["step"]: line["step"] * args.batch / line["samples_per_second"] for line in lines if line["event"] == "step"}
    first, last = min(done), max(done)
    return (done[last] - done[first]) / (last - first)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cxr")
    parser.add_argument("--work", type=Path, default=Path("projection-bench"))
    parser.add_argument("--level", choices=("token", "document"), default="token")
    parser.add_argument("--dtype", choices=("bfloat16", "float32"), default="bfloat16")
    for name, value in (("batch", 16), ("steps", 4), ("rounds", 3), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=value)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.work.mkdir(parents=True, exist_ok=True)
    if not (args.work / "prompts.h5").exists():
        make_encoders(args.work)
        make_set(args.cxr, args.work)
    texts = read_set(args.work)
    theirs = Theirs(args.work, texts, args)
    ours, peers = [], []
    for _ in range(args.rounds):
        ours.append(our_seconds(args.cxr, args.work, args))
        peers.append(theirs.seconds())
    ratio = statistics.median(peers) / statistics.median(ours)
    print(f"{args.level} {args.dtype} batch {args.batch}: cxr {statistics.median(ours):.3f} s, PyTorch {statistics.median(peers):.3f} s a step, "
          f"{ratio:.2f} times; rounds {' '.join(f'{p / o:.2f}' for o, p in zip(ours, peers))}")


if __name__ == "__main__":
    main()
