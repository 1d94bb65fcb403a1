"""What the fault tests share: the cases, launches of the program with or without faults, and the comparison of what launches left."""
import argparse
import contextlib
import dataclasses
import fnmatch
import os
import pathlib
import re
import shlex
import shutil
import struct
import subprocess
import tempfile
import tomllib

HANGS_AFTER = 60  # seconds; a toy-sized command takes one
SOURCE = pathlib.Path(__file__).resolve().parents[2]
# The log and the lock hold times and processes; a log never costs a result.
LEFT_OUT = {"log.jsonl", ".lock"}


@dataclasses.dataclass
class Case:
    name: str
    command: list
    before: list = dataclasses.field(default_factory=list)
    at: float = 0
    once: bool = False
    grows: list = dataclasses.field(default_factory=lambda: ["*loss.csv"])
    redrawn: list = dataclasses.field(default_factory=lambda: ["*loss.png", "*loss.svg"])
    ignored: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Outcome:
    status: int | None  # None: it hung
    stdout: str
    stderr: str


def arguments(description):
    """What all fault tests are told."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--program", required=True, help="build/cxr")
    parser.add_argument("--work", help="a folder for inputs and runs, which stays; by default one in CXR_TEST_FOLDER that is removed")
    parser.add_argument("--cases", default="*", help="patterns of names in cases.toml, with commas")
    parser.add_argument("--seed", type=int, default=1, help="of what is drawn")
    parser.add_argument("--markdown", help="a file for the table")
    return parser


@contextlib.contextmanager
def opened(options):
    """The harness of these options, with its inputs made."""
    with contextlib.ExitStack() as stack:
        work = options.work or stack.enter_context(tempfile.TemporaryDirectory(prefix="cxr-faults-", dir=os.environ.get("CXR_TEST_FOLDER")))
        tools = Harness(options.program, work)
        tools.make_inputs()
        yield tools


def listed(name, patterns):
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns.split(","))


class Harness:
    def __init__(self, program, work, models=SOURCE / "models/toy", mpirun="mpirun"):
        self.program, self.work, self.models, self.mpirun = pathlib.Path(program).resolve(), pathlib.Path(work).resolve(), models, mpirun
        self.inputs = self.work / "inputs"
        self.table = tomllib.loads((pathlib.Path(__file__).parent / "cases.toml").read_text())

    def words(self, text):
        return [w.replace("{in}", str(self.inputs)).replace("{models}", str(self.models)).replace("{source}", str(SOURCE))
                for w in shlex.split(text)]

    def cases(self, patterns="*"):
        return [Case(c["name"], self.words(c["command"]), [self.words(b) for b in c.get("before", [])],
                     **{k: v for k, v in c.items() if k not in ("name", "command", "before")})
                for c in self.table["case"] if listed(c["name"], patterns)]

    def make_inputs(self):
        self.inputs.mkdir(parents=True, exist_ok=True)
        for name, command in self.table["input"].items():
            if not (self.inputs / name).exists():
                self.must(self.words(command), self.inputs)

    def run(self, command, folder, faults=None, ranks=1, timeout=HANGS_AFTER, **streams):
        launcher = [self.mpirun, "-np", str(ranks)] if ranks > 1 else []
        process = subprocess.Popen(launcher + [str(self.program), *command], cwd=folder, env=os.environ | (faults or {}),
                                   **({"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams))
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            return Outcome(None, text(out), text(err))
        return Outcome(process.returncode, text(out), text(err))

    def faults(self, library, place, at, mode, error="EIO"):
        """The environment of a launch in `place`, with its report and the counter that its processes share (fault_plan.c)."""
        report, counter = place.with_suffix(".report"), place.with_suffix(".counter")
        report.unlink(missing_ok=True)
        counter.write_bytes(struct.pack("q", 0))
        return {"LD_PRELOAD": str(pathlib.Path(library).resolve()), "CXR_FAULT_FOLDER": str(place), "CXR_FAULT_REPORT": str(report),
                "CXR_FAULT_COUNTER": str(counter), "CXR_FAULT_AT": str(at), "CXR_FAULT_MODE": mode, "CXR_FAULT_ERROR": error}

    def must(self, command, folder):
        outcome = self.run(command, folder)
        if outcome.status != 0:
            raise SystemExit(f"cxr {shlex.join(command)}\nfailed undisturbed, with status {outcome.status}:\n{outcome.stderr}")


def text(output):
    return (output or b"").decode("utf-8", "replace")


def fresh(folder, like=None):
    shutil.rmtree(folder, ignore_errors=True)
    if like:
        shutil.copytree(like, folder, symlinks=True)
    else:
        folder.mkdir(parents=True)


def is_temporary(name):
    """Of a file or folder that a launch works in: none may be left once the command has succeeded."""
    return ".tmp-" in name or ".parts-" in name


def tree(folder, ignored=()):
    """The files of a folder and their bytes, and its folders (None)."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.name not in LEFT_OUT and not any(fnmatch.fnmatch(name, p) for p in ignored):
            found[name] = None if path.is_dir() else path.read_bytes()
    return found


def without(files, patterns):
    return {name: content for name, content in files.items() if not any(fnmatch.fnmatch(name, p) for p in patterns)}


def first_difference(found, expected):
    """Where two trees differ, or nothing."""
    for name in sorted(found.keys() | expected.keys()):
        if name not in found:
            return f"{name} is missing"
        if name not in expected:
            return f"{name} remains" if is_temporary(name) else f"{name} is there besides"
        if found[name] != expected[name]:
            return f"{name} differs"
    return ""


def path_name(name):
    return name.rsplit("/", 1)[-1]


def damage(found, earlier, whole, case):
    """What a failed launch left that is neither as before nor as it will be, or nothing. Files that grow may be cut off at any byte."""
    for name, content in found.items():
        if is_temporary(name) or content is None:
            continue
        if content in (earlier.get(name), whole.get(name)) or any(fnmatch.fnmatch(name, p) for p in case.redrawn):
            continue
        if path_name(name) == "SHA256SUMS" and set(content.splitlines()) <= set(whole.get(name, b"").splitlines()):
            continue  # a line is gone while its file is written
        if any(fnmatch.fnmatch(name, p) for p in case.grows) and whole.get(name, b"").startswith(content):
            continue
        return f"{name} is neither as before nor whole" if name in whole else f"{name} is there besides"
    for name in earlier:
        if name not in found and not is_temporary(name):
            return f"{name} is gone"
    return ""


def error_of(outcome, killed=False):
    """Why a launch that failed did not fail as it should: with one line, and by no signal but ours. Nothing if it did."""
    if outcome.status is None:
        return f"hangs for {HANGS_AFTER} s"
    if killed and outcome.status in (-9, 137):
        return ""
    if outcome.status < 0:
        return f"dies of signal {-outcome.status}"
    if outcome.status > 128:
        return f"status {outcome.status}"
    lines = outcome.stderr.splitlines()
    errors = [i for i, line in enumerate(lines) if re.match(r"cxr: (?!(rank \d+: )?warning)|study: .*failed", line)]
    if not errors:
        return f"status {outcome.status} without a message" + (f": {lines[-1]}" if lines else "")
    if errors[0] != len(lines) - 1:
        return f"more than one line of message: {lines[errors[0]]} | {lines[errors[0] + 1]}"
    return ""
