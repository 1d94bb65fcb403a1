#!/usr/bin/env python3
"""make_raw_data.py FOLDER: what `cxr prep` reads, with something in it for every option: views, splits, two sources of labels, DICOM files with a window,
reports without an impression, damaged pictures."""

import random
import shutil
import struct
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
import make_stand_ins as stand_ins
from make_stand_ins import LABELS, write

rng = random.Random(7)
SIDE = 40


def dicom(position: str) -> bytes:
    """A 12-bit DICOM picture, explicit little endian, whose window cuts off both ends."""
    def element(group: int, number: int, kind: str, value: bytes) -> bytes:
        value += (b"\0" if kind in ("UI", "OW") else b" ") * (len(value) % 2)
        length = struct.pack("<HI", 0, len(value)) if kind == "OW" else struct.pack("<H", len(value))
        return struct.pack("<HH", group, number) + kind.encode() + length + value

    number = lambda value: struct.pack("<H", value)
    meta = element(2, 2, "UI", b"1.2.840.10008.5.1.4.1.1.1.1") + element(2, 3, "UI", b"1.2.3.4") + element(2, 16, "UI", b"1.2.840.10008.1.2.1")
    data = element(8, 22, "UI", b"1.2.840.10008.5.1.4.1.1.1.1") + element(8, 24, "UI", b"1.2.3.4") + element(0x18, 0x5101, "CS", position.encode())
    data += element(0x28, 2, "US", number(1)) + element(0x28, 4, "CS", b"MONOCHROME2")
    for place, value in ((0x10, SIDE), (0x11, SIDE + 24), (0x100, 16), (0x101, 12), (0x102, 11), (0x103, 0)):
        data += element(0x28, place, "US", number(value))
    data += element(0x28, 0x1050, "DS", b"1500") + element(0x28, 0x1051, "DS", b"2000")
    pixels = (min(4095, (x * x + y * 17) % 3500 + rng.randrange(200)) for y in range(SIDE) for x in range(SIDE + 24))
    data += element(0x7FE0, 0x10, "OW", b"".join(number(value) for value in pixels))
    return b"\0" * 128 + b"DICM" + element(2, 0, "UL", struct.pack("<I", len(meta))) + meta + data


def wide_png() -> bytes:
    """A picture that is not square, so that it matters how it becomes so."""
    rows = b"".join(b"\0" + bytes((x * 5 + y * 2 + rng.randrange(30)) % 256 for x in range(SIDE + 24)) for y in range(SIDE))
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", SIDE + 24, SIDE, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def damage(picture: Path) -> None:
    picture.write_bytes(picture.read_bytes()[:60])


def make_mimic(folder: Path) -> None:
    stand_ins.make_mimic()
    mimic = folder / "mimic"
    images = sorted(mimic.rglob("*.jpg"), key=lambda path: path.stem)
    rows = {what: (mimic / f"mimic-cxr-2.0.0-{what}.csv").read_text().splitlines() for what in ("metadata", "split", "chexpert")}
    for i, image in enumerate(images):
        position = ("AP", "PA", "LATERAL")[i % 3]
        rows["metadata"][i + 1] = ",".join(part if j != 4 else position for j, part in enumerate(rows["metadata"][i + 1].split(",")))
        rows["split"][i + 1] = rows["split"][i + 1].replace("train", ("train", "validate", "test")[i % 5 % 3])
        if i % 2:
            image.with_suffix(".dcm").write_bytes(dicom(position))
            image.unlink()
        label = LABELS[i % len(LABELS)]
        text = f"\n IMPRESSION:\n {label}, as number {i} has it.\n" if i >= len(LABELS) else f"                 FINAL REPORT\n NDICATION:  Cough.\n \n FINDINGS:  {label}.\n"
        write(image.parent.with_suffix(".txt"), " FINAL REPORT" * (i >= len(LABELS)) + text)
    rows["negbio"] = [row.replace("1.0", "0.0") for row in rows["chexpert"]]
    rows["negbio"][1 : len(LABELS) + 1] = rows["chexpert"][1 : len(LABELS) + 1]
    for what, lines in rows.items():
        write(mimic / f"mimic-cxr-2.0.0-{what}.csv", "\n".join(lines) + "\n")
        other = [line.replace("1.0", "-1.0") if i > len(LABELS) and what == "chexpert" else line for i, line in enumerate(lines)]
        write(folder / f"mimic-tables/mimic-cxr-2.0.0-{what}.csv", "\n".join(other) + "\n")
    shutil.copytree(mimic, folder / "mimic-damaged")
    damage(next(iter(sorted((folder / "mimic-damaged").rglob("*.jpg")))))


def make_chexpert(folder: Path) -> None:
    stand_ins.make_chexpert()
    chexpert = folder / "chexpert"
    rows = (chexpert / "train.csv").read_text().splitlines()
    for i in range(1, len(rows)):
        if i % 3 == 1:
            rows[i] = rows[i].replace("Frontal,AP", "Frontal,PA")
        if i % 3 == 2:
            rows[i] = rows[i].replace("Frontal,AP", "Lateral,")
    write(chexpert / "train.csv", "\n".join(rows) + "\n")
    write(chexpert / "valid.csv", "\n".join(row.replace("train/", "valid/") for row in rows) + "\n")
    write(folder / "chexpert-some.csv", "\n".join(rows[:1] + rows[20:]) + "\n")
    for picture in sorted((chexpert / "train").rglob("*.jpg")):
        write(chexpert / "valid" / picture.relative_to(chexpert / "train"), wide_png())
        picture.write_bytes(wide_png())
    shutil.copytree(chexpert, folder / "chexpert-damaged")
    for split in ("train", "valid"):
        damage(folder / f"chexpert-damaged/{split}/patient00030/study1/view1_frontal.jpg")


def make_pictures(folder: Path) -> None:
    rows = ["image,other,No Finding,Pleural Effusion"]
    for i in range(12):
        name = f"{i}.dcm" if i % 2 else f"{i}.png"
        write(folder / "pictures" / name, dicom(("AP", "PA", "LATERAL")[i % 3]) if i % 2 else wide_png())
        rows.append(f"{name},{(i + 1) % 12}.{'png' if i % 2 else 'dcm'},{int(i % 3 == 0)},{int(i % 3 == 1)}")
    write(folder / "pictures.csv", "\n".join(rows) + "\n")
    shutil.copytree(folder / "pictures", folder / "pictures-damaged")
    for name in ("4.png", "7.dcm"):
        damage(folder / "pictures-damaged" / name)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    stand_ins.folder, stand_ins.SIDE, stand_ins.PER_LABEL, stand_ins.PROMPTS = target, SIDE, 3, 120
    make_mimic(target)
    make_chexpert(target)
    make_pictures(target)
    stand_ins.make_laion()
    write(target / "lines.txt", "".join(f"report {i} of a line\n" for i in range(9)) + "\n")
