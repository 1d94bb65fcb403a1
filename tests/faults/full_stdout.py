#!/usr/bin/env python3
"""full_stdout.py --program build/cxr --work DIR: commands whose answer cannot be printed must not exit with 0, whether the disk of standard output is full or
its reader is gone; and commands that start with descriptors 0 to 2 closed must work, and write nothing meant for a terminal into the files that get these numbers."""
import json
import os
import shlex
import subprocess
import sys

import harness
from table import Failure, finish, markdown


def full(tools, command, folder):
    harness.fresh(folder)
    with open("/dev/full", "wb") as device:
        outcome = tools.run(command, folder, stdout=device)
    return "" if outcome.status not in (0, None) else f"exit status {outcome.status} with stdout on a full disk"


def gone(tools, command, folder):
    harness.fresh(folder)
    reader, writer = os.pipe()
    os.close(reader)
    try:
        outcome = tools.run(command, folder, stdout=writer)
    finally:
        os.close(writer)
    return "" if outcome.status not in (0, None) else f"exit status {outcome.status} with nobody to read stdout"


def log_lines(folder):
    """The first line of a log that is no JSON, or nothing."""
    for log in folder.rglob("log.jsonl"):
        for line in log.read_text(errors="replace").splitlines():
            try:
                json.loads(line)
            except ValueError:
                return f"{log.relative_to(folder)} holds: {line[:80]}"
    return ""


def closed(tools, case, folder):
    """Runs a case as it should be, then with descriptors 0, 1 and 2 closed."""
    trees = []
    for streams in ("", "<&- >&- 2>&-"):
        harness.fresh(folder)
        for command in case.before:
            tools.must(command, folder)
        status = subprocess.run(["sh", "-c", f"exec {shlex.join([str(tools.program), *case.command])} {streams}"], cwd=folder,
                                stdin=subprocess.DEVNULL, capture_output=True, timeout=harness.HANGS_AFTER).returncode
        if status != 0:
            return f"exit status {status} with descriptors 0 to 2 closed" if streams else "fails undisturbed"
        trees.append(harness.tree(folder, case.ignored))
    return harness.first_difference(trees[1], trees[0]) or log_lines(folder)


def judge_answer(tools, name, command, folder):
    """A row of the table: a command that prints an answer."""
    harness.fresh(folder)
    answer = tools.run(command, folder)
    if answer.status != 0 or not answer.stdout:
        raise SystemExit(f"{name}: status {answer.status}, {len(answer.stdout)} bytes on stdout: {answer.stderr}")
    wrongs = [full(tools, command, folder), gone(tools, command, folder)]
    return name, 1, 2, [Failure("stdout", 1, "stdout", wrong) for wrong in wrongs if wrong]


def judge_closed(tools, case, folder):
    """A row of the table: a case that starts with closed descriptors."""
    wrong = closed(tools, case, folder)
    return case.name, 3, 1, [Failure("closed", 1, "descriptors 0 to 2", wrong)] if wrong else []


def main():
    options = harness.arguments(__doc__).parse_args()
    with harness.opened(options) as tools:
        folder = tools.work / "stdout"
        rows = [judge_answer(tools, name, tools.words(command), folder) for name, command in tools.table["answer"].items()]
        rows += [judge_closed(tools, case, folder) for case in tools.cases(options.cases)]
    print(markdown(rows, "streams"))
    return finish(options, rows, "streams")


if __name__ == "__main__":
    sys.exit(main())
