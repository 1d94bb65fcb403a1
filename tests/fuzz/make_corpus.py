#!/usr/bin/env python3
"""Writes corpus/: the seeds of the fuzz targets. Made with torch 2.11.0 and safetensors 0.8.0:  python make_corpus.py"""
import io
import zipfile
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save

CORPUS = Path(__file__).parent / "corpus"


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


if __name__ == "__main__":
    main()
