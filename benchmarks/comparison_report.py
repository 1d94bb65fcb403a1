"""side_by_side.py's table in Markdown."""

import os
import platform
import statistics
from pathlib import Path

from comparison import OPENVINO, OURS, PEER, Group, Row


def seconds_text(values: list[float] | None) -> str:
    return f"{statistics.median(values):.3g}" if values else ""


def speedup_text(row: Row) -> str:
    ratios = row.speedups()
    if not ratios:
        return ""
    return f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f}-{max(ratios):.2f})"


def machine() -> str:
    cpuinfo = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in cpuinfo if line.startswith("model name")), platform.machine())
    return f"{model}, {os.cpu_count()} cores"


def engine_table(groups: list[Group]) -> list[str]:
    lines = [
        "| work | peer | peer, s | cxr, s | speed-up (range) | to reach | OpenVINO, s | peak cxr / peer / OpenVINO, MiB |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for group in groups:
        peak = " / ".join(str(group.peak_mib.get(name, "-")) for name in (OURS, PEER, OPENVINO))
        for row in group.rows:
            cells = [row.what, row.peer, *(seconds_text(row.seconds.get(name)) for name in (PEER, OURS)), speedup_text(row)]
            cells += [f"{row.target}" if row.target else "", seconds_text(row.seconds.get(OPENVINO)), peak]
            lines.append("| " + " | ".join(cells) + " |")
    return lines


def command_table(measurements: list[dict]) -> list[str]:
    lines = [
        "| command, start to end | s | its bare work, s | ratio | to stay below | peak, MiB | to stay below |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for whole in measurements:
        times = f"{whole['whole_s']:.2f} | {whole['bare_s']:.2f} | **{whole['ratio']:.3f}** | {whole['target']}"
        lines.append(f"| {whole['what']} | {times} | {whole['peak_mib']} | {whole['peak_target_mib'] or ''} |")
    return lines


def ranks_table(measurements: list[dict]) -> list[str]:
    lines = [
        "| training | one rank, s a step | ranks of one thread | s a step | ratio | to reach | reduced a step, MiB | not hidden by backward, s |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in measurements:
        times = f"{row['one_rank_s']:.3g} | {row['ranks']} | {row['ranks_s']:.3g} | **{row['ratio']:.2f}** | {row['target']}"
        lines.append(f"| {row['what']} | {times} | {row['reduced_mib']:.0f} | {row['exposed_s']:.3g} |")
    return lines


def markdown(report: dict, groups: list[Group]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in report["versions"].items())
    lines = [f"{report['date']}; {report['machine']}; {report['threads']} threads, {report['device']}; {versions}."]
    if report["small"]:
        lines += ["", "Small models and inputs, whatever the rows say: a check that every part works, not a measurement."]
    lines += ["", f"    {report['command']}", "", *(engine_table(groups) if groups else [])]
    if report["whole_command"]:
        lines += ["", *command_table(report["whole_command"])]
    if report["training_ranks"]:
        lines += ["", *ranks_table(report["training_ranks"])]
    return "\n".join(lines) + "\n"
