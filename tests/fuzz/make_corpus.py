#!/usr/bin/env python3
"""Writes corpus/: the seeds of the fuzz targets. Made with torch 2.11.0 and safetensors 0.8.0:  python make_corpus.py"""
import io
import json
import zipfile
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save

CORPUS = Path(__file__).parent / "corpus"
FIXTURES = Path(__file__).parent.parent / "fixtures"


def write(folder, name, content):
    path = CORPUS / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def archive(value):
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


def header(file):
    return file[8:8 + int.from_bytes(file[:8], "little")].rstrip()


def small(tokenizer, count):
    """A tokenizer.json with the first tokens alone, and the merges that are left."""
    model = tokenizer["model"]
    added = {token["content"]: token for token in tokenizer["added_tokens"]}
    tokens = sorted({**model["vocab"], **{t: token["id"] for t, token in added.items()}}.items(), key=lambda item: item[1])
    ids = {t: i for i, t in enumerate(t for t, old in tokens if t in added or old < count)}
    model["vocab"] = ids
    if "merges" in model:
        model["merges"] = [m for m in model["merges"] if all(t in ids for t in (*m, "".join(m)))]
    for content, token in added.items():
        token["id"] = ids[content]
    for end in {"cls", "sep"} & set(tokenizer["post_processor"]):
        tokenizer["post_processor"][end][1] = ids[tokenizer["post_processor"][end][0]]
    tokenizer["added_tokens"] = sorted(added.values(), key=lambda token: token["id"])
    return json.dumps(tokenizer, separators=(",", ":")).encode()


def tokenizer_seeds(target, files, alone):
    """Texts as they are; files after an F and the letter by which tokenizer_target.h knows them."""
    folder = FIXTURES / "tokenizers"
    texts = [bytes.fromhex(text) for text in json.loads((folder / "expected.json").read_text())["texts"]]
    for i in range(16):  # many, since an input of this kind is read much faster
        write(target, f"texts_{i:02}", b"\n".join(texts[i * 10:i * 10 + 10]))
    letters = {"added_tokens.json": "a", "tokenizer_config.json": "c", "vocab.json": "j", "merges.txt": "m",
               "special_tokens_map.json": "s", "vocab.txt": "v"}
    for path in sorted((folder / files).iterdir()):
        write(target, path.name, b"F" + letters[path.name].encode() + path.read_bytes())
    write(target, "tokenizer.json", b"Ft" + small(json.loads((folder / alone / "tokenizer.json").read_text()), 150))


def main():
    six = torch.arange(6, dtype=torch.float32).reshape(2, 3)

    mixed = save({"a": six[0].clone(), "b": six.half(), "c": torch.tensor(True), "d": torch.zeros(0, 2), "é": torch.ones(4).long()},
                 metadata={"format": "pt"})
    write("safetensors", "mixed.safetensors", mixed)
    write("safetensors", "one.safetensors", save({"w": six}))
    write("safetensors", "mixed_header.json", header(mixed))  # its tensors do not fill the target's 64 bytes
    write("safetensors", "bytes_64_header.json", header(save({"a": torch.zeros(8, 4).byte(), "b": torch.zeros(8)})))

    # The target's archive holds six floats under the key 0, so the pickles of these are read to the end.
    six_floats = {"tensor": {"w": six}, "views": OrderedDict(a=six, b=six.t(), c=six[1, 1:], d=six[0, 0].expand(2, 2)),
                  "parameter": {"w": torch.nn.Parameter(six)},
                  "training": {"epoch": 3, "lr": 0.1, "steps": 2**40, "history": [1, (2, 3), None, True], "state_dict": {"w": six}}}
    for name, value in six_floats.items():
        write("torch_pickle", name + ".pkl", zipfile.ZipFile(io.BytesIO(archive(value))).read("archive/data.pkl"))
    write("torch_pickle", "tensor.pt", archive({"w": six}))
    write("torch_pickle", "module.pt", archive(torch.nn.BatchNorm1d(2).state_dict()))

    write("csv", "plain.csv", b"Path,Sex,AP/PA,Edema\np1/v1.jpg,Female,AP,1.0\np2/v1.jpg,Male,,-1.0\n")
    write("csv", "quoted.csv", b'id,report\n1,"FINDINGS: clear, no ""edema"".\nIMPRESSION: normal"\n2,""\n')
    write("csv", "dos.csv", b"\xef\xbb\xbfid,text\r\n1,\"a\r\nb\"\r\n\r\n2,\xc3\xa9")

    tokenizer_seeds("clip_tokenizer", "clip", "clip_json")
    tokenizer_seeds("wordpiece_tokenizer", "bert", "bert_json")
    tokenizer_seeds("byte_bpe_tokenizer", "roberta", "roberta_json")
    for i, case in enumerate(json.loads((FIXTURES / "text/sections.json").read_text())["cases"]):
        if len(case["report"]) < 600:
            write("report_parser", f"report_{i}.txt", f"{case['study']}\n{case['report']}".encode())


if __name__ == "__main__":
    main()
