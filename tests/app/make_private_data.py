#!/usr/bin/env python3
"""make_private_data.py MIMIC FEW PATIENT STUDY IMAGE NAME WORDS: a tiny MIMIC-CXR-JPG and a folder of pictures whose identifiers and reports are
canaries. Some pictures and reports are damaged, so that messages are made about them. Pictures are PNG files whatever they are called."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
from make_stand_ins import LABELS, grey_png

mimic, few, patient, study, image, name, words = sys.argv[1:]


def picture(seed: int) -> bytes:
    return grey_png(64, lambda x, y: (x * seed + y * 3) % 256)


subject = patient[1:]
metadata = ["dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns,StudyDate,StudyTime"]
split = ["dicom_id,study_id,subject_id,split"]
chexpert = [",".join(["subject_id", "study_id"] + LABELS)]
for i in range(4):
    study_id = str(int(study[1:]) + i)
    dicom_id = image[:-1] + str(i)
    folder = Path(mimic) / "files" / patient[:3] / patient
    (folder / f"s{study_id}").mkdir(parents=True, exist_ok=True)
    content = picture(i + 1)
    (folder / f"s{study_id}" / f"{dicom_id}.jpg").write_bytes(content[:40] if i == 3 else content)
    report = f" FINAL REPORT\n IMPRESSION:\n {name} has a {words} number {i} " + "of the left lower lobe " * 30 + ".\n"
    (folder / f"s{study_id}.txt").write_bytes(report.encode() + (b"\xff\xfe" if i == 1 else b""))
    metadata.append(f"{dicom_id},{subject},{study_id},CHEST,AP,64,64,21500101,90000")
    split.append(f"{dicom_id},{study_id},{subject},train")
    chexpert.append(",".join([subject, study_id] + ["1.0" if j == 2 * i + 3 else "" for j in range(14)]))
for file, rows in (("metadata", metadata), ("split", split), ("chexpert", chexpert)):
    (Path(mimic) / f"mimic-cxr-2.0.0-{file}.csv").write_text("\n".join(rows) + "\n")
(Path(few) / f"{name} 1.png").write_bytes(picture(5))
(Path(few) / f"{name} 2.png").write_bytes(picture(7)[:50])
