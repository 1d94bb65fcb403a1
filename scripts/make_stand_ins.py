#!/usr/bin/env python3
"""make_stand_ins.py FOLDER: small stand-ins for what experiments/studies/chambon2022.toml reads and models/toy lacks: MIMIC-CXR-JPG and its reports,
CheXpert, LAION-400M as img2dataset leaves it, ten pictures to adapt on, Inception with random weights, and the recipes with a few steps each.

Pictures are grey noise over lungs of an effusion's height, PNG files whatever they are called."""

import io
import json
import math
import random
import re
import struct
import sys
import tarfile
import zipfile
import zlib
from array import array
from pathlib import Path

root = Path(__file__).parents[1]
LABELS = ["Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Enlarged Cardiomediastinum", "Fracture", "Lung Lesion", "Lung Opacity", "No Finding",
          "Pleural Effusion", "Pleural Other", "Pneumonia", "Pneumothorax", "Support Devices"]
CHEXPERT = ("No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,Lung Lesion,Edema,Consolidation,Pneumonia,Atelectasis,Pneumothorax,"
            "Pleural Effusion,Pleural Other,Fracture,Support Devices").split(",")
SIDE, PER_LABEL, PROMPTS = 64, 4, 1100
RECIPES = {"steps": 3, "warmup-steps": 1, "batch-size": 10, "checkpoint-every": 2, "write-every": 2, "validate-every": 2, "class-count": 2}
rng = random.Random(2022)


def write(path: Path, content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def grey_png(side: int, value) -> bytes:
    """A square picture, whose values at x and y are 0 to 255."""
    rows = b"".join(b"\0" + bytes(value(x, y) for x in range(side)) for y in range(side))
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def picture(label: str) -> bytes:
    """Two dark lungs, brighter from below where an effusion stands."""
    level = SIDE * (0.5 if label == "Pleural Effusion" else 0.8)
    value = lambda x, y: 60 if abs(abs(x - SIDE / 2) - SIDE / 4) < SIDE / 6 and y < level else 180
    return grey_png(SIDE, lambda x, y: min(255, value(x, y) + rng.randrange(40)))


def make_mimic() -> None:
    metadata = ["dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns,StudyDate,StudyTime"]
    split, labels = ["dicom_id,study_id,subject_id,split"], [",".join(["subject_id", "study_id"] + LABELS)]
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / "reports.zip", "w") as reports:
        for i in range(len(LABELS) * PER_LABEL):
            label, subject, study, image = LABELS[i % len(LABELS)], 10000000 + i, 50000000 + i, f"{i:08x}-00000000-00000000-00000000-00000000"
            path = f"files/p10/p{subject}/s{study}"
            write(folder / "mimic" / path / f"{image}.jpg", picture(label))
            reports.writestr(path + ".txt", f" FINAL REPORT\n IMPRESSION:\n {label} is seen, image {i}.\n")
            metadata.append(f"{image},{subject},{study},CHEST,{rng.choice(['AP', 'PA'])},{SIDE},{SIDE},21500101,90000")
            split.append(f"{image},{study},{subject},train")
            labels.append(",".join([str(subject), str(study)] + ["1.0" if name == label else "" for name in LABELS]))
    for name, rows in (("metadata", metadata), ("split", split), ("chexpert", labels)):
        write(folder / f"mimic/mimic-cxr-2.0.0-{name}.csv", "\n".join(rows) + "\n")


def make_chexpert() -> None:
    rows = [",".join(["Path", "Sex", "Age", "Frontal/Lateral", "AP/PA"] + CHEXPERT)]
    for i in range(len(CHEXPERT) * PER_LABEL):
        label, path = CHEXPERT[i % len(CHEXPERT)], f"train/patient{i:05d}/study1/view1_frontal.jpg"
        write(folder / "chexpert" / path, picture(label))
        rows.append(f"CheXpert-v1.0/{path},Female,60,Frontal,AP," + ",".join("1.0" if name == label else "" for name in CHEXPERT))
    write(folder / "chexpert/train.csv", "\n".join(rows) + "\n")


def make_few() -> None:
    rows = ["image,No Finding,Pleural Effusion"]
    for i in range(10):
        write(folder / f"few/{i}.png", picture("Pleural Effusion" if i % 2 else "No Finding"))
        rows.append(f"{i}.png,{(i + 1) % 2},{i % 2}")
    write(folder / "few.csv", "\n".join(rows) + "\n")


def make_laion() -> None:
    words = [line.split() for line in (root / "models/toy/prompts.txt").read_text().splitlines()]
    (folder / "laion").mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / "laion/00000.tar", "w") as tar:
        for i in range(PROMPTS):
            text = " ".join(rng.choice(words) + rng.choice(words)).encode()
            member = tarfile.TarInfo(f"{i:09d}.txt")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))


def make_inception() -> None:
    """A checkpoint whose layers keep the size of what goes through them; one block of random numbers serves them all."""
    block = [rng.uniform(-1, 1) for _ in range(65537)]
    header, tensors, end = {}, [], 0
    for key, shape in json.loads((root / "tests/fixtures/models/inception_keys.json").read_text()).items():
        count = math.prod(shape)
        if key.endswith("num_batches_tracked"):
            dtype, values = "I64", struct.pack("<q", 0)
        elif len(shape) > 1:
            scale = math.sqrt(6 / math.prod(shape[1:]))
            dtype, values = "F32", (array("f", (scale * value for value in block)).tobytes() * (count // len(block) + 1))[: 4 * count]
        else:
            dtype, values = "F32", array("f", [1.0 if key.endswith(("bn.weight", "running_var")) else 0.0]).tobytes() * count
        header[key] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + len(values)]}
        tensors.append(values)
        end += len(values)
    text = json.dumps(header).encode()
    part = folder / "inception.part"
    write(part, struct.pack("<Q", len(text)) + text + b"".join(tensors))
    part.rename(folder / "inception.safetensors")


def make_recipes() -> None:
    for recipe in (root / "experiments/recipes").glob("*.toml"):
        text = recipe.read_text().replace('"radiology"', '"radiograph"')  # which the toy's tokenizer has whole
        for name, most in RECIPES.items():
            text = re.sub(rf"^{name} = (\d+)", lambda line: f"{name} = {min(most, int(line[1]))}", text, flags=re.MULTILINE)
        write(folder / "recipes" / recipe.name, text)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    # The checkpoint is last: where it is, rehearse.sh takes everything to be there.
    for make in (make_mimic, make_chexpert, make_few, make_laion, make_recipes, make_inception):
        make()
